//! Two nodes hand each other the state of their logs.

use super::*;
use crate::config::{Config, Folder};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::fmt::Write as _;
use yinshu_audit::Log;
use yinshu_crypto::sign::SigningKey;
use yinshu_net::{PartyId, memory};

/// The county and the province, in this order.
pub(in crate::run) const NAMES: [&str; 2] = ["county", "province"];

pub(in crate::run) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

/// The nodes `county` and `province`, who know each other. The administrators' keys are `key(10)` and
/// `key(11)`. The province has a data set with a column of keys, and lets it be used twice a day.
pub(in crate::run) fn two_nodes(dir: &Path) -> [Node; 2] {
    let node = |me: usize| {
        let folder = Folder(dir.join(NAMES[me]));
        for part in ["keys", "audit", "contracts"] {
            fs::create_dir_all(folder.0.join(part)).expect("a folder");
        }
        super::super::verify::write_private(&folder.node_key(), key(me as u64).to_text().as_bytes())
            .expect("a key");
        let (other, mut text) = (1 - me, String::new());
        let _ = write!(
            text,
            "[node]\nname = \"{}\"\ntitle = \"t\"\n[people]\nadministrator = \"a\"\nauditor = \"b\"\n\
             operator = \"c\"\n[limits]\nruns_per_day = 2\n[[peer]]\nname = \"{}\"\ntitle = \"t\"\ncertificate = \"x\"\n\
             admin_key = \"{}\"\nnode_key = \"{}\"\n\
             [[dataset]]\ncatalogue = \"C\"\ntitle = \"t\"\nsource_system = \"s\"\n\
             share = \"conditional\"\nscenarios = [\"psi\"]\nparties = [\"county\"]\ncolumns = [\"id\"]\n\
             min_group_size = 5\navailable_until = \"2999-12-31\"\nsource = {{ path = \"keys.csv\" }}\n",
            NAMES[me],
            NAMES[other],
            key(10 + other as u64).public(),
            key(other as u64).public(),
        );
        fs::write(folder.config(), text).expect("a configuration");
        Node::open(&folder.0).expect("a node")
    };
    [node(0), node(1)]
}

fn work(node: &Node, records: usize) {
    for at in 0..records {
        let deed = Deed {
            action: "test",
            object: "x",
            content: json!({ "at": at }),
            result: outcome(None),
            stage: Stage::Storage,
            by: Actor::Operator,
        };
        node.record(deed).expect("recorded");
    }
}

fn meet(nodes: &[Node; 2]) -> [Result<Head, Problem>; 2] {
    let party = |name: &str| PartyId::new(name).expect("a name");
    let (mut a, mut b) = memory::pair(party(NAMES[0]), party(NAMES[1]));
    std::thread::scope(|scope| {
        // An end that failed is gone, as a session that failed is.
        let far = scope.spawn(move || exchange(&mut b, &nodes[1], &nodes[1].config.peers[0]));
        let near = exchange(&mut a, &nodes[0], &nodes[0].config.peers[0]);
        drop(a);
        [near, far.join().expect("no panic")]
    })
}

fn sizes(met: [Result<Head, Problem>; 2]) -> [u64; 2] {
    met.map(|head| head.expect("agreed").size)
}

#[test]
fn logs_that_grow_are_followed() {
    let dir = tempfile::tempdir().expect("a folder");
    let nodes = two_nodes(dir.path());
    work(&nodes[0], 2);
    work(&nodes[1], 3);
    assert_eq!(sizes(meet(&nodes)), [3, 2]);
    work(&nodes[1], 70);
    assert_eq!(sizes(meet(&nodes)), [73, 2]);
    assert_eq!(sizes(meet(&nodes)), [73, 2]);
    let config: &Config = &nodes[0].config;
    let kept = Checkpoint::load(&nodes[0].folder.peer_checkpoint(NAMES[1])).expect("kept");
    assert_eq!(kept.verify(&config.peers[0].node_key).expect("signed").size, 73);
}

/// A log that was begun anew and became longer than the one that was shown is not its continuation.
#[test]
fn a_rewritten_log_is_refused_however_long_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let nodes = two_nodes(dir.path());
    work(&nodes[0], 1);
    work(&nodes[1], 5);
    assert_eq!(sizes(meet(&nodes)), [5, 1]);
    let before = fs::read(nodes[0].folder.peer_checkpoint(NAMES[1])).expect("kept");
    for records in [9, 5, 2] {
        let log = nodes[1].folder.audit_log();
        for file in fs::read_dir(log.parent().expect("a folder")).expect("a folder").flatten() {
            if file.path().is_file() {
                fs::remove_file(file.path()).expect("removed");
            }
        }
        drop(Log::open(&log, key(1)).expect("begun anew"));
        work(&nodes[1], records);
        let [near, _] = meet(&nodes);
        let code = near.expect_err("not the same log").code();
        // Shorter than what was shown, the other side cannot even make the proof that is asked for.
        assert!(if records < 5 { code != 0 } else { code == 6120 }, "{records} records: {code}");
        assert_eq!(fs::read(nodes[0].folder.peer_checkpoint(NAMES[1])).expect("kept"), before);
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a folder");
    let [county, _] = two_nodes(dir.path());
    drop(county.index_secret().expect("made"));
    for path in [county.folder.index_key(), county.folder.tls_key(), county.folder.node_key()] {
        fs::OpenOptions::new().create(true).append(true).open(&path).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
    }
    assert_eq!(county.index_secret().err().map(|e| e.code()), Some(1106));
    assert_eq!(network(&county).err().map(|e| e.code()), Some(1106));
    assert_eq!(county.key().err().map(|e| e.code()), Some(1106));
}
