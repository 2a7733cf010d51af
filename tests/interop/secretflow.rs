//! Against the real wheel.

use super::party::{Place, good, people};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The last wheel whose batches are the standard's.
const WHEEL: &str = "spu==0.9.2b0";

/// The Python of an environment with the wheel, made if it is not there; or why there is none.
fn python() -> Result<PathBuf, String> {
    let folder = std::env::var_os("YINSHU_INTEROP_VENV")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-venv"), PathBuf::from);
    let python = folder.join("bin/python");
    if has_wheel(&python) {
        return Ok(python);
    }
    let known = |name: &&str| {
        let said = Command::new(name).arg("--version").stdin(Stdio::null()).output();
        said.is_ok_and(|said| said.status.success())
    };
    let base = ["python3.11", "python3.10", "python3.9"].into_iter().find(known);
    let base = base.ok_or("there is no Python 3.9 to 3.11")?;
    let steps: [(&OsStr, Vec<&OsStr>); 2] = [
        (base.as_ref(), vec!["-m".as_ref(), "venv".as_ref(), folder.as_os_str()]),
        (
            python.as_os_str(),
            ["-m", "pip", "install", "-q", "--retries", "1", WHEEL].map(OsStr::new).to_vec(),
        ),
    ];
    for (program, args) in steps {
        let done = Command::new(program).args(&args).stdin(Stdio::null()).output();
        let done = done.map_err(|e| e.to_string())?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or_default().to_owned();
            return Err(format!("{WHEEL} cannot be installed: {said}"));
        }
    }
    if has_wheel(&python) { Ok(python) } else { Err(format!("{WHEEL} does not load here")) }
}

fn has_wheel(python: &Path) -> bool {
    let said =
        Command::new(python).args(["-c", "import spu.libspu.link, spu.psi"]).stdin(Stdio::null()).output();
    said.is_ok_and(|said| said.status.success())
}

/// How one run is set up.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// The rank of our side.
    ours: usize,
    goes: &'static str,
    curve: &'static str,
    /// Whether SecretFlow numbers its messages, and waits for them to be confirmed.
    numbered: bool,
    profile: &'static str,
}

const PLAIN: Case =
    Case { ours: 0, goes: "both", curve: "curve25519", numbered: false, profile: "secretflow" };

impl Case {
    fn theirs(&self, python: &Path, place: &Place, columns: &[&str]) -> Child {
        let rank = 1 - self.ours;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/secretflow_peer.py");
        let mut command = Command::new(python);
        command.arg(script).arg(rank.to_string()).args(place.ports.map(|port| port.to_string()));
        command.arg(place.path("theirs.csv")).arg(place.path("theirs-out.csv"));
        command.arg(if self.goes == "both" { "-1" } else { self.goes });
        command.arg(if self.curve == "sm2" { "sm2" } else { "25519" });
        command.arg(if self.numbered { "1" } else { "0" }).args(columns);
        command.current_dir(&place.folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    }

    /// Runs over these rows: both sides' outputs are the rows in common, for those who learn.
    fn holds(&self, python: &Path, header: &str, own: &[String], other: &[String]) {
        let place = Place::new();
        place.table("ours.csv", header, own);
        place.table("theirs.csv", header, other);
        let columns: Vec<&str> = header.split(',').collect();
        let theirs = self.theirs(python, &place, &columns);
        let suite =
            ["--profile", self.profile, "--no-handshake", "--suite", self.curve, "--result-rank", self.goes];
        let ours = place.ours(self.ours, "ours.csv", &columns, &suite);
        good(ours);
        good(theirs);
        let own: BTreeSet<String> = own.iter().cloned().collect();
        let shared: BTreeSet<String> = other.iter().filter(|row| own.contains(*row)).cloned().collect();
        let learns = |rank: usize| self.goes == "both" || self.goes == rank.to_string();
        let written = place.rows(&format!("ours-{}.csv", self.ours));
        assert_eq!(written, learns(self.ours).then(|| shared.clone()), "{self:?}");
        let written = place.rows("theirs-out.csv").unwrap_or_default();
        assert_eq!(written, if learns(1 - self.ours) { shared } else { BTreeSet::new() }, "{self:?}, theirs");
    }
}

#[test]
fn a_real_secretflow_party() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            eprintln!("skipped: {why}");
            return;
        }
    };
    let (own, other) = (people(0..2000), people(1500..6000));
    for ours in [0, 1] {
        for goes in ["0", "1", "both"] {
            Case { ours, goes, ..PLAIN }.holds(&python, "id", &own, &other);
        }
        Case { ours, curve: "sm2", ..PLAIN }.holds(&python, "id", &people(0..300), &people(250..400));
        Case { ours, numbered: true, ..PLAIN }.holds(&python, "id", &people(0..9000), &people(4000..9500));
    }
    PLAIN.holds(&python, "id", &people(0..5), &[]);
    PLAIN.holds(&python, "id", &[], &people(0..5));
    PLAIN.holds(&python, "id", &people(0..4096), &people(4096..8192));
    let named = |range| people(range).into_iter().map(|id| format!("王五,{id}")).collect::<Vec<_>>();
    PLAIN.holds(&python, "name,id", &named(0..50), &named(40..90));
}

#[test]
fn a_later_secretflow_party() {
    let Some(folder) = std::env::var_os("YINSHU_INTEROP_VENV_SPU") else {
        eprintln!("skipped: YINSHU_INTEROP_VENV_SPU is not set");
        return;
    };
    let python = PathBuf::from(folder).join("bin/python");
    for ours in [0, 1] {
        let case = Case { ours, profile: "spu", ..PLAIN };
        case.holds(&python, "id", &people(0..2000), &people(1500..6000));
        Case { curve: "sm2", ..case }.holds(&python, "id", &people(0..300), &people(250..400));
    }
}
