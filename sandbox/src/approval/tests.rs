//! What is signed holds for what was signed, by whom, here, and until it ends; whoever cheats gets nothing.

use super::approvers::{add, first, may_add, remove};
use super::*;
use crate::world::{POLICY as TEXT, World, signer};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::path::PathBuf;
use yinshu_audit::Signed;
use yinshu_crypto::sign::SigningKey;

mod people;

/// A room in which a data set is described: what is looked at here needs no rows.
fn room() -> (World, Room) {
    let world = World::new(61);
    let room = room_at(&world, "room", 1);
    (world, room)
}

fn room_at(world: &World, name: &str, seed: u64) -> Room {
    let root = world.folder.path().join(name);
    Room::make(&root, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
    let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    room.describe(&world.dataset).unwrap();
    signer(&room, "holder");
    room
}

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn with(section: &str) -> String {
    format!("{TEXT}\n{section}\n")
}

fn signed(room: &Room, text: &str, by: &str) -> Result<Paper, SandboxError> {
    let dataset = room.dataset("housing").unwrap();
    sign(room, Paper::parse(text).unwrap(), &dataset, &signer(room, by))
}

fn file(room: &Room) -> PathBuf {
    room.root().join("policies/study.toml")
}

/// What comes of the policy now.
fn code(room: &Room) -> u16 {
    room.policy("study").err().map_or(0, |error| error.code())
}

fn refused<T: std::fmt::Debug>(done: Result<T, SandboxError>) -> u16 {
    done.unwrap_err().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_under_a_policy_that_is_not_in_force() {
    let (world, room) = room();
    let ask = async |user: &str| {
        let asked = crate::session::ask(&room, "study", user, "SELECT COUNT(*) FROM residents").await;
        asked.err().map_or(0, |error| error.code())
    };
    crate::engine::register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    // Put there by whoever can write files, as policies were once.
    std::fs::write(file(&room), TEXT).unwrap();
    assert_eq!(ask("li").await, 9730);
    assert_eq!(ask("somebody").await, 9720, "whoever it is not for is told what he is told of none");
    approve(&room, TEXT, &signer(&room, "holder")).unwrap();
    assert_eq!(ask("li").await, 0, "the control");
    withdraw(&room, "study", &signer(&room, "holder"), "the project is over").unwrap();
    assert_eq!(ask("li").await, 9733);
    assert_eq!(ask("somebody").await, 9720);
    let asked = crate::session::quote(&room, "study", "li", "SELECT COUNT(*) FROM residents", None);
    assert_eq!(refused(asked), 9733);
}

/// Every byte of the file, one after the other, and every field by itself.
#[test]
fn whatever_is_altered_ends_it() {
    let (_world, room) = room();
    approve(&room, TEXT, &signer(&room, "holder")).unwrap();
    let whole = std::fs::read_to_string(file(&room)).unwrap();
    assert_eq!(code(&room), 0, "the control");
    for at in (0..whole.len()).filter(|at| whole.is_char_boundary(*at) && whole.is_char_boundary(at + 1)) {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        std::fs::write(file(&room), &bytes).unwrap();
        assert_ne!(code(&room), 0, "byte {at}: {:?}", &whole[at..=at]);
    }
    let paper = Paper::parse(&whole).unwrap();
    let (body, (_, tail)) = (paper.body(), yinshu_audit::signed::split(&whole));
    for (from, to) in [
        ("name = \"study\"", "name = \"other\""),
        ("\"研究\"", "\"营销\""),
        ("[\"li\"]", "[\"li\", \"zhao\"]"),
        ("2099-12-31", "2199-12-31"),
        ("table = \"homes\"", "table = \"homes\"\nprograms = true"),
        ("wage = [\"compare\", \"aggregate\", \"group-key\"]", "wage = [\"compare\", \"aggregate\"]"),
        ("[bound]", "[review]\nwhen = \"never\"\n[bound]"),
        ("[bound]", "[limits]\nquestions_a_day = 100000\n[bound]"),
        ("[bound]", "[bound] # a word"),
        ("[bound]", " [bound]"),
    ] {
        assert!(body.contains(from), "{from}");
        std::fs::write(file(&room), format!("{}{tail}", body.replacen(from, to, 1))).unwrap();
        let expected = if from.contains("name") { 9740 } else { 9731 };
        assert_eq!(code(&room), expected, "{to}");
    }
    for (from, to) in [
        ("by = \"holder\"", "by = \"wang\""),
        ("party = \"holder\"", "party = \"purpose\""),
        ("at = \"2026-11-22T00", "at = \"2026-11-22T01"),
    ] {
        assert!(tail.contains(from), "{from}");
        std::fs::write(file(&room), format!("{body}{}", tail.replacen(from, to, 1))).unwrap();
        assert!([9731, 9732].contains(&code(&room)), "{to}");
    }
    // Nothing after a signature is read as a part of the policy.
    std::fs::write(file(&room), format!("{whole}\n[limits]\nseconds = 9\n")).unwrap();
    assert_eq!(code(&room), 9740);
    std::fs::write(file(&room), body).unwrap();
    assert_eq!(code(&room), 9730);
    std::fs::write(file(&room), &whole).unwrap();
    assert_eq!(code(&room), 0, "the control");
}

#[test]
fn signatures_are_of_one_policy_one_data_set_and_one_room() {
    let (world, room) = room();
    let other = TEXT.replace("name = \"study\"", "name = \"other\"");
    approve(&room, TEXT, &signer(&room, "holder")).unwrap();
    approve(&room, &other, &signer(&room, "holder")).unwrap();
    let (study, other) = (room.paper("study").unwrap(), room.paper("other").unwrap());
    let swapped = yinshu_audit::signed::joined(study.body(), &other.signatures).unwrap();
    std::fs::write(file(&room), swapped).unwrap();
    assert_eq!(code(&room), 9731);
    // The whole file under another name.
    std::fs::write(file(&room), other.text().unwrap()).unwrap();
    assert_eq!(code(&room), 9740);
    std::fs::write(file(&room), study.text().unwrap()).unwrap();
    assert_eq!(code(&room), 0, "the control");
    // Another description of the data set: a category more, and the holder looks at it again.
    let described = room.root().join("datasets/housing.toml");
    let before = std::fs::read_to_string(&described).unwrap();
    std::fs::write(&described, before.replace("max = 120", "max = 121")).unwrap();
    assert_eq!(code(&room), 9734);
    std::fs::write(&described, before).unwrap();
    assert_eq!(code(&room), 0, "the control");
    // In another room of the same people it is not in force, and is not put in force.
    let elsewhere = room_at(&world, "elsewhere", 2);
    assert_eq!(refused(enact(&elsewhere, "holder", &study)), 9734);
    std::fs::write(file(&elsewhere), study.text().unwrap()).unwrap();
    assert_eq!(code(&elsewhere), 9734);
}

#[test]
fn what_ended_does_not_come_back() {
    let (_world, room) = room();
    let holder = signer(&room, "holder");
    approve(&room, TEXT, &holder).unwrap();
    let first = room.paper("study").unwrap();
    // Approved again as it is: nothing changes.
    enact(&room, "holder", &first).unwrap();
    assert_eq!(code(&room), 0);
    // Replaced by a stricter one; the one before is put back, as a file and by the command.
    approve(&room, &TEXT.replace("2099-12-31", "2027-01-01"), &holder).unwrap();
    let second = room.paper("study").unwrap();
    std::fs::write(file(&room), first.text().unwrap()).unwrap();
    assert_eq!(code(&room), 9733);
    assert_eq!(refused(enact(&room, "holder", &first)), 9733);
    assert_eq!(refused(signed(&room, first.body(), "holder")), 9733);
    std::fs::write(file(&room), second.text().unwrap()).unwrap();
    assert_eq!(code(&room), 0, "the control");
    // Withdrawn: the same.
    assert_eq!(refused(withdraw(&room, "study", &holder, "  ")), 9682);
    assert_eq!(refused(withdraw(&room, "study", &signer(&room, "wang"), "x")), 9732, "a reviewer");
    withdraw(&room, "study", &holder, "用途已变").unwrap();
    assert_eq!(code(&room), 9733);
    assert_eq!(refused(enact(&room, "holder", &second)), 9733);
    assert_eq!(refused(withdraw(&room, "study", &holder, "again")), 9733);
    assert!(room.in_force_now().unwrap().is_empty());
    // Who reads the log anew finds the same; and with other words it is another policy.
    let again = Room::open(room.root(), || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(code(&again), 9733);
    approve(&room, &with("# after the review of 2026-11"), &holder).unwrap();
    assert_eq!(code(&room), 0);
    // One that everybody signed and nobody put in force is not.
    let signed = signed(&room, &with("# never approved"), "holder").unwrap();
    std::fs::write(file(&room), signed.text().unwrap()).unwrap();
    assert_eq!(code(&room), 9734);
}

#[test]
fn everybody_signs_who_has_to() {
    let (_world, room) = room();
    let holder = signer(&room, "holder");
    for (name, role, seed) in [("qian", Role::Holder, 5), ("chen", Role::Purpose, 6)] {
        add(&room, (name, role, key(seed).public()), &holder).unwrap();
    }
    let chen = Signer::of(&room, "chen", key(6)).unwrap();
    let text = with("[approval]\nholder = [\"holder\", \"qian\"]\npurpose = [\"chen\"]");
    let mut paper = signed(&room, &text, "holder").unwrap();
    let missing = |paper: &Paper| hands(paper, &room.approvers().unwrap()).unwrap().missing;
    assert_eq!(missing(&paper), ["qian", "chen"]);
    assert_eq!(refused(enact(&room, "holder", &paper)), 9730);
    // Nobody signs twice, and a second signature of one is not that of another.
    assert_eq!(refused(paper.sign(&holder, room.now())), 9737);
    // Away from the room, by what stands in the file.
    paper.sign(&Signer::elsewhere("chen", Role::Purpose, key(6)), room.now()).unwrap();
    assert_eq!(missing(&paper), ["qian"]);
    assert_eq!(refused(enact(&room, "holder", &paper)), 9730);
    paper.sign(&Signer::elsewhere("qian", Role::Holder, key(5)), room.now()).unwrap();
    enact(&room, "holder", &paper).unwrap();
    assert_eq!(code(&room), 0);
    // Who signs for the purpose grants nothing alone.
    let alone = sign(&room, Paper::parse(TEXT).unwrap(), &room.dataset("housing").unwrap(), &chen).unwrap();
    assert_eq!(missing(&alone), ["holder / qian"]);
    assert_eq!(refused(enact(&room, "chen", &alone)), 9730);
    // Whom the room does not know, or knows as something else, no policy can name.
    for section in ["purpose = [\"nobody\"]", "holder = [\"chen\"]", "purpose = [\"qian\"]"] {
        assert_eq!(
            refused(signed(&room, &with(&format!("[approval]\n{section}")), "holder")),
            9740,
            "{section}"
        );
    }
}

#[test]
fn a_key_that_is_no_approvers_signs_nothing() {
    let (_world, room) = room();
    let bind = |text: &str| Paper::parse(text).unwrap().bound_to(&bound(&room, "housing").unwrap()).unwrap();
    // A stranger under his own name, and under that of an approver.
    for (by, expected) in [("stranger", 9732), ("holder", 9731)] {
        let mut paper = bind(TEXT);
        paper.sign(&Signer::elsewhere(by, Role::Holder, key(9)), room.now()).unwrap();
        assert_eq!(refused(enact(&room, by, &paper)), expected, "{by}");
        std::fs::write(file(&room), paper.text().unwrap()).unwrap();
        assert_eq!(code(&room), expected, "{by}");
    }
    assert_eq!(refused(Signer::of(&room, "holder", key(9))), 9732);
    // The room's own key, which the operator has.
    let mut paper = bind(TEXT);
    let room_key: SigningKey =
        std::fs::read_to_string(room.root().join("key")).unwrap().trim().parse().unwrap();
    paper.sign(&Signer::elsewhere("holder", Role::Holder, room_key), room.now()).unwrap();
    assert_eq!(refused(enact(&room, "holder", &paper)), 9731);
    // A good signature does not carry a bad one.
    let mut paper = signed(&room, TEXT, "holder").unwrap();
    paper.sign(&Signer::elsewhere("stranger", Role::Purpose, key(9)), room.now()).unwrap();
    assert_eq!(refused(enact(&room, "holder", &paper)), 9732);
    // A reviewer does not sign policies.
    assert_eq!(refused(signed(&room, TEXT, "wang")), 9732);
    let mut paper = bind(TEXT);
    let wang = signer(&room, "wang");
    let (digest, now) = (paper.digest, room.now());
    paper.signatures.push(Signed::make(POLICY, &digest, (Role::Holder, "wang"), wang.key(), now));
    assert_eq!(refused(enact(&room, "wang", &paper)), 9732);
}

#[test]
fn who_asks_does_not_approve() {
    let (_world, room) = room();
    let holder = signer(&room, "holder");
    add(&room, ("li", Role::Holder, key(7).public()), &holder).unwrap();
    let li = Signer::of(&room, "li", key(7)).unwrap();
    let dataset = room.dataset("housing").unwrap();
    assert_eq!(refused(sign(&room, Paper::parse(TEXT).unwrap(), &dataset, &li)), 9735);
    // Not by signing elsewhere either, nor where the policy names him.
    let mut paper = Paper::parse(TEXT).unwrap().bound_to(&bound(&room, "housing").unwrap()).unwrap();
    paper.sign(&Signer::elsewhere("li", Role::Holder, key(7)), room.now()).unwrap();
    assert_eq!(refused(enact(&room, "li", &paper)), 9735);
    assert_eq!(refused(signed(&room, &with("[approval]\nholder = [\"li\"]"), "holder")), 9735);
    // By key: under another name he has another key, or none.
    assert_eq!(refused(Signer::of(&room, "holder", key(7))), 9732);
    assert_eq!(refused(add(&room, ("li.too", Role::Holder, key(7).public()), &holder)), 9736);
    // The control: what somebody else asks under he may sign.
    approve(&room, &TEXT.replace("[\"li\"]", "[\"zhao\"]"), &li).unwrap();
    assert_eq!(code(&room), 0);
}
