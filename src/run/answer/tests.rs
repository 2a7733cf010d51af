//! Who may open a session, and what a refused peer hears.

use super::super::session::tests::{NAMES, key, two_nodes};
use super::*;
use crate::contract::{Blanks, Draft, Party, Role, Template};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use yinshu_audit::Record;
use yinshu_net::session::Strand;
use yinshu_psi::{Misstep, PsiError};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn party(at: usize, role: Role) -> Party {
    let name = NAMES[at].parse().expect("a name");
    Party::new(name, "t".to_owned(), role, key(10 + at as u64).public())
}

fn text(id: &str) -> String {
    let day = |text: &str| text.parse().expect("a day");
    Blanks {
        id,
        title: None,
        provider: &party(1, Role::Provider),
        recipient: &party(0, Role::Recipient),
        more: &[],
        catalogue: "C",
        valid_from: day("2020-01-01"),
        valid_until: day("2999-01-01"),
        test_region: true,
        report_keys: None,
    }
    .fill(Template::Psi)
}

/// A contract that both signed, in the province's folder.
fn contract(province: &Node) -> Digest {
    let path = province.folder.contracts().join("psi.toml");
    let mut draft = Draft::parse(&text("X-1"), "psi.toml").expect("a contract");
    for (at, name) in NAMES.iter().enumerate() {
        let name = name.parse().expect("a name");
        draft.sign(&path, &name, "somebody", &key(10 + at as u64), now()).expect("signed");
    }
    draft.digest
}

fn hello(contract: Digest, session: u8) -> Hello {
    Hello {
        from: NAMES[0].parse().expect("a name"),
        to: NAMES[1].parse().expect("a name"),
        session: SessionId([session; 16]),
        purpose: "psi".to_owned(),
        protocol: "ecdh-psi".to_owned(),
        version: 1,
        contract: contract.0,
        strand: Strand::FIRST,
    }
}

#[test]
fn sessions_that_come_at_once_share_the_quota() {
    let dir = tempfile::tempdir().expect("a folder");
    let [_, province] = two_nodes(dir.path());
    let contract = contract(&province);
    let (opened, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for session in 0..8 {
            let (province, opened, refused) = (&province, &opened, &refused);
            scope.spawn(move || {
                let hello = hello(contract, session);
                match decide(province, &hello, Actor::Peer(&hello.from, HERE)) {
                    Ok(_) => opened.fetch_add(1, Ordering::SeqCst),
                    Err(problem) => {
                        assert_eq!(problem.code(), 6116, "{}", problem.english());
                        refused.fetch_add(1, Ordering::SeqCst)
                    }
                };
            });
        }
    });
    assert_eq!((opened.into_inner(), refused.into_inner()), (2, 6));
    let log = fs::read(province.folder.audit_log()).expect("a log");
    let records = log.split(|b| *b == b'\n').filter_map(|line| Record::from_line(line).ok());
    let opening: Vec<String> = records.filter(|r| r.action == "session.open").map(|r| r.result).collect();
    assert_eq!(opening.len(), 8, "every refusal is recorded");
    assert_eq!(opening.iter().filter(|result| *result == "ok").count(), 2);
}

/// The log would write such an id otherwise, and nothing would be counted under it.
#[test]
fn an_id_that_the_log_cannot_hold_is_refused() {
    for id in ["", " X", "X\u{202e}", "X\u{200b}1", "a\tb", &"长".repeat(43)] {
        let code = Draft::parse(&text(id), "x").err().map(|e| e.code());
        assert_eq!(code, Some(6006), "{id:?}");
    }
    for id in ["X-1", "人社〔2026〕1号/二", &"长".repeat(42)] {
        assert!(Draft::parse(&text(id), "x").is_ok(), "{id:?}");
    }
}

#[test]
fn a_peer_hears_nothing_of_our_files() {
    let path = std::path::Path::new("/srv/yinshu/source.csv");
    let told = Problem::reading(path, &std::io::Error::other("no")).for_peer();
    assert!(!told.contains("srv") && told.contains(char::is_numeric), "{told}");
    let path = || "/srv/yinshu/store/manifest".to_owned();
    let ours = [
        PsiError::Store { path: path(), detail: "no".to_owned() },
        PsiError::DamagedStore { path: path(), detail: "no".to_owned() },
        PsiError::StoreExists { path: path() },
        PsiError::StoreBusy { path: path() },
    ];
    for (error, code) in ours.into_iter().zip(["4150", "4151", "4152", "4153"]) {
        let told = Problem::from(error).for_peer();
        assert!(!told.contains("srv") && told.contains(code), "{told}");
    }
    let peer = NAMES[0].parse().expect("a name");
    let theirs = PsiError::Peer { peer, misstep: Misstep::TooManyEntries { max: 3, found: 4 } };
    let english = theirs.to_string();
    assert_eq!(Problem::from(theirs).for_peer(), english);
    let refusal = ContractError::QuotaSpent { contract: "X-1".to_owned(), limit: 2 };
    let english = refusal.to_string();
    assert_eq!(Problem::from(refusal).for_peer(), english);
}
