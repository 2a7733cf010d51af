//! Several workers on each side share the parts of one run.

use super::large::{half_way, large, lines, run, running, shared, some_were_complete, work};
use super::world::{COUNTY, PROVINCE, World, finished};
use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use yinshu::contract::Draft;
use yinshu::node::Node;
use yinshu_net::session::{Hello, SessionId, Strand};
use yinshu_net::{Channel as _, NetError};

/// How many parts have been kept by a party.
fn kept(world: &World, party: &str) -> usize {
    let folders = fs::read_dir(world.path(&format!("{party}/work"))).into_iter().flatten().flatten();
    let files = folders.flat_map(|work| fs::read_dir(work.path().join("spill")).into_iter().flatten());
    files.flatten().filter(|file| file.file_name().to_string_lossy().starts_with("match-")).count()
}

/// What the province last answered.
fn answered(world: &World) -> Value {
    let answer = world.recorded_soon("province", "session.answer", "ok");
    let told: Value = serde_json::from_str(&answer.content).expect("JSON");
    told["answered"].clone()
}

fn count(world: &World, party: &str, action: &str) -> usize {
    world.log(party).iter().filter(|record| record.action == action).count()
}

#[test]
fn three_workers_find_what_one_finds() {
    let world = large();
    let _province = world.serve();
    for way in ["ecdh", "rr22", "rr22-malicious"] {
        let before = ["session.open", "session.ask"].map(|action| count(&world, "province", action));
        let json = run(&world, &["--protocol", way, "--workers", "3"]).exits(0).json();
        assert_eq!((&json["shared"]["exactly"], &json["workers"]), (&1_000.into(), &3.into()), "{json}");
        let three = world.read("county/shared.csv");
        assert_eq!(lines(&three), shared(), "{way}");
        assert_eq!(answered(&world)["workers"], 3);
        // One run in the log and for the quota, whatever it is carried over.
        let after = ["session.open", "session.ask"].map(|action| count(&world, "province", action));
        assert_eq!(after, before.map(|records| records + 1), "{way}");
        let sent = |json: &Value| json["meter"]["total"]["bytes_sent"].as_u64().expect("bytes");
        let of_three = sent(&json);

        let json = run(&world, &["--protocol", way]).exits(0).json();
        assert_eq!(json["workers"], 1, "{json}");
        assert_eq!(world.read("county/shared.csv"), three, "{way}");
        assert!(of_three > sent(&json) / 2, "all strands are counted");
    }
    assert_eq!(count(&world, "province", "session.join"), 0);
    assert_eq!((work(&world, "province"), work(&world, "county")), (0, 0), "nothing is left");
}

#[test]
fn the_smaller_number_counts() {
    let world = large();
    world.replace("province/yinshu.toml", "psi_memory = 102400", "psi_memory = 102400\npsi_workers = 2");
    let _province = world.serve();
    let json = run(&world, &["--workers", "5"]).exits(0).json();
    assert_eq!((&json["shared"]["exactly"], &json["workers"]), (&1_000.into(), &2.into()), "{json}");
    world.run(&["psi", "run", "--workers", "0"]).exits(2);
}

#[test]
fn a_run_killed_with_four_workers_goes_on_with_fewer() {
    let world = large();
    let mut province = world.serve();
    for (workers, parts) in [("4", 8), ("2", 14)] {
        let mut county = running(&world).args(["--workers", workers]).spawn().expect("the program starts");
        for party in ["county", "province"] {
            world.wait_for("some parts", || kept(&world, party) > parts);
        }
        county.kill().expect("it runs");
        county.wait().expect("it ended");
        province.kill();
        province = world.serve();
    }
    let json = finished(&running(&world).output().expect("the program starts")).exits(0).json();
    assert_eq!((&json["shared"]["exactly"], &json["workers"]), (&1_000.into(), &1.into()), "{json}");
    assert_eq!(lines(&world.read("county/shared.csv")), shared());
    let told = serde_json::json!({ "answered": answered(&world) });
    some_were_complete(&told);
    assert_eq!((work(&world, "province"), work(&world, "county")), (0, 0));
}

#[test]
fn a_run_killed_with_one_worker_goes_on_with_as_many_as_have_room() {
    let world = large();
    let mut province = world.serve();
    let mut county = running(&world).spawn().expect("the program starts");
    half_way(&world);
    county.kill().expect("it runs");
    county.wait().expect("it ended");
    province.kill();
    // Its parts fill the memory given, and with more of it there is room for more workers: for two at the province.
    world.replace("province/yinshu.toml", "psi_memory = 102400", "psi_memory = 220000");
    let _province = world.serve();
    let json =
        world.intersect(&["--memory", "400kib", "--protocol", "ecdh", "--workers", "3"]).exits(0).json();
    assert_eq!((&json["shared"]["exactly"], &json["workers"]), (&1_000.into(), &2.into()), "{json}");
    assert_eq!(lines(&world.read("county/shared.csv")), shared());
    some_were_complete(&serde_json::json!({ "answered": answered(&world) }));
}

/// Carries connections, and can cut one for good.
struct Proxy {
    address: SocketAddr,
    carried: Arc<Mutex<(Vec<TcpStream>, bool)>>,
}

impl Proxy {
    fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let carried = Arc::new(Mutex::new((Vec::new(), false)));
        let shared = Arc::clone(&carried);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let mut carried = shared.lock().expect("no panic");
                let Ok(far) = TcpStream::connect(&target) else { continue };
                if carried.1 {
                    continue;
                }
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let ends = (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
                    std::thread::spawn(move || pump(ends));
                }
                carried.0.push(near);
            }
        });
        Self { address, carried }
    }

    /// Cuts the connection that came in as number `at`, and lets no other in.
    fn cut(&self, at: usize) {
        let mut carried = self.carried.lock().expect("no panic");
        carried.1 = true;
        carried.0[at].shutdown(Shutdown::Both).expect("it is open");
    }
}

fn pump((mut from, mut to): (TcpStream, TcpStream)) {
    let mut bytes = [0; 1 << 14];
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..len]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[test]
fn a_strand_that_is_cut_ends_all_on_both_sides() {
    let world = large();
    let _province = world.serve();
    let proxy = Proxy::to(world.address());
    world.replace("county/yinshu.toml", &world.address(), &proxy.address.to_string());
    let county = running(&world).args(["--workers", "3"]).spawn().expect("the program starts");
    half_way(&world);
    proxy.cut(1);
    let ran = finished(&county.wait_with_output().expect("it ends"));
    let error = ran.fails(4, 3005);
    assert_eq!(error["fields"]["peer"], PROVINCE, "{error}");
    world.wait_for("the end on the other side", || {
        let refused = |r: &yinshu_audit::Record| r.action == "session.answer" && r.result == "refused 3005";
        world.log("province").iter().any(refused)
    });
    assert_eq!((work(&world, "province"), work(&world, "county")), (1, 1), "both keep what they have");

    let listen = world.serve();
    let json = finished(&running(&world).args(["--workers", "2"]).output().expect("it starts"));
    assert_eq!(json.exits(0).json()["shared"]["exactly"], 1_000);
    some_were_complete(&serde_json::json!({ "answered": answered(&world) }));
    drop(listen);
}

#[test]
fn strands_that_were_not_agreed_on_are_refused_and_recorded() {
    let world = large();
    let _province = world.serve();
    let county = Node::open(&world.path("county")).expect("a node");
    let network = yinshu::run::network(&county).expect("its identity");
    let contract = Draft::read(&world.path("county/contracts/psi.toml")).expect("a contract").digest;
    let strand = |session, number, of| Hello {
        from: COUNTY.parse().expect("a name"),
        to: PROVINCE.parse().expect("a name"),
        session: SessionId([session; 16]),
        purpose: "psi".to_owned(),
        protocol: "ecdh-psi".to_owned(),
        version: 2,
        contract: contract.0,
        strand: Strand { number, of },
    };
    let refused = |hello: &Hello| match network.connect(&world.address(), hello).err() {
        Some(NetError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    // Of no session: refused at the door.
    assert_eq!(refused(&strand(1, 1, 2)), 3026);
    world.recorded_soon("province", "connection.refuse", "refused 3026");
    // Of a session that is open, but has agreed on none.
    let mut first = network.connect(&world.address(), &strand(1, 0, 1)).expect("a session");
    assert_eq!(refused(&strand(1, 3, 4)), 3026);
    world.recorded_soon("province", "session.join", "refused 3026");
    assert_eq!(refused(&strand(1, 2, 2)), 3028, "number 2 of 2");
    assert_eq!(refused(&strand(1, 1, 9)), 3028, "more than the province lets anybody have");

    // Agreed on two: what says otherwise is refused.
    let items = first.recv(8).expect("how many it shows");
    assert_eq!(items.len(), 8);
    let (ecdh, parts) = (1, 0x80);
    first.send(vec![ecdh | parts]).expect("sent");
    first.send([&[0; 33][..], &[2, 0]].concat()).expect("sent");
    assert_eq!(first.recv(3).expect("an answer"), [0, 2, 0]);
    assert_eq!(refused(&strand(1, 1, 3)), 3028, "of another number than agreed");
    world.recorded_soon("province", "session.join", "refused 3028");
    assert_eq!(refused(&strand(1, 1, 2)), 3019, "that place is taken at the door");
    drop(first);
    for (lang, word) in [("zh", "通道"), ("en", "strand")] {
        for code in ["3026", "3027", "3028"] {
            let ran = world.run(&["--lang", lang, "errors", code]).exits(0);
            assert!(ran.out.contains(word), "{}", ran.out);
        }
    }
}
