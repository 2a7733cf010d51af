//! A node on a network where others are too: what a stranger does neither stops it nor stays unseen.

use super::world::{COUNTY, PROVINCE, World};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;
use yinshu_net::tls::Identity;

/// Says these bytes to the node and waits until it hangs up.
fn say(address: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket");
    // It may hang up before everything is said.
    let _ = stream.write_all(bytes);
    let _ = stream.read_to_end(&mut Vec::new());
}

fn refusals(world: &World) -> usize {
    world.log("province").iter().filter(|r| r.action == "connection.refuse").count()
}

#[test]
fn strangers_are_refused_recorded_and_survived() {
    let world = World::new();
    let mut province = world.serve();
    let address = world.address();
    let noise: Vec<u8> = (0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    let plain = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    // The head of a TLS record that promises more than may come.
    let long = [0x16, 3, 1, 0xff, 0xff, 1, 0, 0, 0];
    for bytes in [&noise[..], plain, &long, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        say(&address, bytes);
        assert!(province.runs());
    }
    drop(TcpStream::connect(&address).expect("it listens"));
    world.wait_for("records of refusals", || refusals(&world) >= 3);
    let record = world.recorded_soon("province", "connection.refuse", "refused 3014");
    assert_eq!((record.object.as_str(), record.ip.to_string().as_str()), ("?", "127.0.0.1"));
    world.verify(&[]).exits(0);
    world.published();
    world.log_holds("province");
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    let world = World::new();
    let mut province = world.serve();
    let client = Command::new("openssl")
        .args(["s_client", "-connect", &world.address(), "-alpn", "h2", "-quiet", "-ign_eof"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut client) = client else {
        eprintln!("skipped: there is no openssl here");
        return;
    };
    world.recorded_soon("province", "connection.refuse", "refused 3014");
    let _ = client.kill();
    let _ = client.wait();
    assert!(province.runs());
}

/// A certificate of this party for these days, from now.
fn identity(party: &str, from: i64, until: i64) -> Identity {
    let now = yinshu::node::now();
    let at = |days: i64| -> Timestamp { now + SignedDuration::from_hours(24 * days) };
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    Identity::generate(&party.parse().expect("a name"), at(from), at(until), &mut rng).expect("an identity")
}

/// Gives a party this identity, and the other its certificate.
fn install(world: &World, folder: &str, other: Option<&str>, name: &str, identity: &Identity) {
    fs::write(world.path(&format!("{folder}/keys/tls.pem")), identity.certificate_pem()).expect("written");
    // Written in place: the file stays its owner's alone.
    fs::write(world.path(&format!("{folder}/keys/tls.key")), identity.key_pem().as_bytes()).expect("written");
    if let Some(other) = other {
        let pinned = world.path(&format!("{other}/keys/peers/{name}.pem"));
        fs::write(pinned, identity.certificate_pem()).expect("written");
    }
}

#[test]
fn a_certificate_that_ran_out_is_refused_on_either_side() {
    let world = World::new();
    install(&world, "county", Some("province"), COUNTY, &identity(COUNTY, -30, -1));
    let mut province = world.serve();
    let error = world.verify(&[]).fails(4, 3015);
    assert!(error["try"].is_string(), "{error}");
    world.recorded("county", "session.open", "refused 3015");
    let record = world.recorded_soon("province", "connection.refuse", "refused 3012");
    assert_eq!(record.object, COUNTY);
    assert!(province.runs());
    world.nothing_left();

    let world = World::new();
    install(&world, "province", Some("county"), PROVINCE, &identity(PROVINCE, -30, -1));
    let _province = world.serve();
    let error = world.verify(&[]).fails(4, 3012);
    assert_eq!(error["fields"]["party"], PROVINCE, "{error}");
    world.recorded("county", "session.open", "refused 3012");
    world.nothing_left();
}

#[test]
fn a_certificate_that_is_not_pinned_is_refused_on_either_side() {
    let world = World::new();
    install(&world, "county", None, COUNTY, &identity(COUNTY, -1, 30));
    let _province = world.serve();
    world.verify(&[]).fails(4, 3015);
    world.recorded_soon("province", "connection.refuse", "refused 3011");

    let world = World::new();
    install(&world, "province", None, PROVINCE, &identity(PROVINCE, -1, 30));
    let _province = world.serve();
    world.verify(&[]).fails(4, 3011);
    world.recorded("county", "session.open", "refused 3011");
    world.nothing_left();
}

#[test]
fn a_log_that_was_cut_is_noticed_by_the_other_side() {
    // Cut so that it stays shorter, and so that what follows makes it longer again.
    for keep in [2, 6] {
        let world = World::new();
        let province = world.serve();
        world.verify(&[]).exits(0);
        world.recorded_soon("province", "session.answer", "ok");
        drop(province);
        let log = world.read("province/audit/log.jsonl");
        let lines: Vec<&str> = log.lines().take(keep).collect();
        fs::write(world.path("province/audit/log.jsonl"), lines.join("\n") + "\n").expect("written");
        let _ = fs::remove_file(world.path("province/audit/log.jsonl.checkpoint"));
        fs::rename(world.path("county/results/out"), world.path("county/first")).expect("moved");
        let _province = world.serve();
        let error = world.verify(&[]).fails(5, 6120);
        assert_eq!(error["fields"]["party"], PROVINCE, "{error}");
        world.recorded("county", "run.end", "refused 6120");
        world.nothing_left();
    }
}

#[test]
fn a_port_that_is_taken_and_a_node_that_may_not_listen() {
    let world = World::new();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = socket.local_addr().expect("an address").to_string();
    world.replace("province/yinshu.toml", "\"127.0.0.1:0\"", &format!("\"{taken}\""));
    world.of("province", &["node"]).fails(4, 3021);
    world.of("county", &["node"]).fails(2, 1109);
    world.replace("county/yinshu.toml", "operator =", "operater =");
    let error = world.of("county", &["node"]).fails(2, 1110);
    assert!(error["try"].as_str().is_some_and(|t| t.contains("operator")), "{error}");
}
