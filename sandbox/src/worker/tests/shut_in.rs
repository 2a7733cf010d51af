//! The walls from inside: this binary calls itself, puts up the walls, and tries to get out.

use super::super::walls::{Strictness, Yard, enclose, enter};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

const WHAT: &str = "YINSHU_TEST_TRIES";
const WHERE: &str = "YINSHU_TEST_FOLDER";
const OPEN: &str = "YINSHU_TEST_WITHOUT_WALLS";

/// What a courier tries, and not a worker.
const COURIER: &str = "as a courier ";

const BEFORE: &str = "write by a handle that was open before";

/// Tried in a process of its own by [`tried`]; of itself this is no test.
#[test]
#[ignore = "called by the tests beside it"]
fn inside() {
    let (Ok(what), Ok(folder)) = (std::env::var(WHAT), std::env::var(WHERE)) else { return };
    let folder = Path::new(&folder);
    let files = [folder.join("table"), folder.join("second")];
    let own = folder.join("own");
    let yard = Yard {
        files: &files,
        folder: &own,
        seconds: 0,
        memory_mib: 64,
        spill_mib: 1,
        compiles: what == "compile",
    };
    let before = (what == BEFORE).then(|| File::options().append(true).open(folder.join("key")).unwrap());
    let courier = what.strip_prefix(COURIER);
    match courier {
        _ if std::env::var(OPEN).is_ok() => {}
        Some(_) => enclose(&own, Path::new("/bin/true"), Strictness::All).unwrap(),
        None => enter(&yard, Strictness::All).unwrap(),
    }
    let what = courier.unwrap_or(&what);
    let done = match before {
        Some(mut key) => key.write_all(b"!").is_ok(),
        None => attempt(what, folder),
    };
    println!("{}", if done { "it worked" } else { "it was refused" });
}

/// Whether what is tried works; some attempts do not come back.
fn attempt(what: &str, folder: &Path) -> bool {
    let read = |name: &str| std::fs::read(folder.join(name)).is_ok();
    match what {
        "read what was given" => read("table") && read("second"),
        "read the key" => read("key"),
        "read beside" => read("persons"),
        "read what everybody may" => std::fs::read("/etc/passwd").is_ok(),
        "list" => std::fs::read_dir(folder).is_ok(),
        "write what was given" => File::options().write(true).open(folder.join("table")).is_ok(),
        "write beside" => std::fs::write(folder.join("left"), "1").is_ok(),
        "write in its own" => {
            let path = folder.join("own/spilled");
            std::fs::write(&path, [1; 1000]).is_ok() && std::fs::remove_file(path).is_ok()
        }
        "write too much" => {
            let mut file = File::create(folder.join("own/large")).unwrap();
            (0..3).all(|_| file.write_all(&vec![1; 1 << 20]).is_ok())
        }
        "link" => std::os::unix::fs::symlink("/etc/passwd", folder.join("own/link")).is_ok(),
        "connect" => std::net::TcpStream::connect("127.0.0.1:9")
            .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused),
        "listen" => std::net::TcpListener::bind("127.0.0.1:0").is_ok(),
        "a socket here" => std::os::unix::net::UnixDatagram::unbound().is_ok(),
        "run" => Command::new("/bin/true").status().is_ok(),
        "run another" => Command::new("/bin/false").status().is_ok(),
        "memory" => {
            let all: Vec<Vec<u8>> = (0..600).map(|n| vec![n as u8; 1 << 20]).collect();
            all.iter().all(|one| one.len() == 1 << 20)
        }
        "time" => {
            let began = std::time::Instant::now();
            while began.elapsed() < std::time::Duration::from_secs(300) {
                std::hint::black_box(1);
            }
            true
        }
        "threads" => (0..4).all(|_| std::thread::spawn(|| 1).join().is_ok()),
        _ => false,
    }
}

fn tried(what: &str, walls: bool) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for name in ["table", "second", "key", "persons"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    std::fs::create_dir(folder.path().join("own")).unwrap();
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["worker::tests::shut_in::inside", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    test.env(WHAT, what).env(WHERE, folder.path());
    if !walls {
        test.env(OPEN, "1");
    }
    test.output().unwrap()
}

/// Whether it works; that it does not is known where it says so, or was ended.
fn works(what: &str, walls: bool) -> bool {
    let tried = tried(what, walls);
    let said = String::from_utf8_lossy(&tried.stdout);
    assert!(
        said.contains("it was refused") || said.contains("it worked") || ended(&tried).is_some(),
        "{tried:?}"
    );
    said.contains("it worked")
}

fn ended(tried: &Output) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    tried.status.signal()
}

#[test]
fn a_worker_reads_what_it_was_given_and_writes_in_its_own_folder() {
    for what in ["read what was given", "write in its own", "threads"] {
        assert!(works(what, true), "{what}: {:?}", tried(what, true));
    }
}

#[test]
fn a_worker_gets_at_nothing_else() {
    let whats = [
        "read the key",
        "read beside",
        "read what everybody may",
        "list",
        "write what was given",
        "write beside",
        "write too much",
        "link",
        "connect",
        "listen",
        "a socket here",
        "run",
        "memory",
        BEFORE,
    ];
    for what in whats {
        assert!(!works(what, true), "{what}");
        // Without the walls it works, so that it is they that keep it from it.
        assert!(works(what, false), "{what}: {:?}", tried(what, false));
    }
}

/// Who speaks with the network on behalf of the room reads nothing of it.
#[test]
fn a_courier_connects_and_gets_at_no_file_of_the_room() {
    for what in ["write in its own", "run", "connect", "threads"] {
        let what = format!("{COURIER}{what}");
        assert!(works(&what, true), "{what}: {:?}", tried(&what, true));
    }
    let whats = [
        "read what was given",
        "read the key",
        "read beside",
        "read what everybody may",
        "list",
        "write what was given",
        "write beside",
        "link",
        "listen",
        "run another",
    ];
    for what in whats {
        let what = format!("{COURIER}{what}");
        assert!(!works(&what, true), "{what}");
        assert!(works(&what, false), "{what}: {:?}", tried(&what, false));
    }
}

#[test]
fn a_worker_is_ended_by_what_it_must_not_do() {
    for (what, signal) in [("connect", libc::SIGSYS), (BEFORE, libc::SIGSYS), ("memory", libc::SIGABRT)] {
        assert_eq!(ended(&tried(what, true)), Some(signal), "{what}");
    }
    let signal = ended(&tried("time", true));
    assert!([Some(libc::SIGXCPU), Some(libc::SIGKILL)].contains(&signal), "{signal:?}");
}
