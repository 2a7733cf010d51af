//! A researcher's session through the door, by the drivers that researchers have: Python's ADBC against the real program.
//!
//! The drivers come from the package index of Python, into `YINSHU_SANDBOX_VENV` or a folder beside the tests' own. Where they
//! cannot be had the test says so and is no failure.

#![expect(clippy::unwrap_used, reason = "of tests, which end where something is not there")]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const PACKAGES: [&str; 4] =
    ["adbc-driver-flightsql==1.13.0", "adbc-driver-manager==1.13.0", "pyarrow==26.0.1", "matplotlib==3.11.2"];

/// A Python with the drivers, or why there is none.
fn python() -> Result<PathBuf, String> {
    let folder = std::env::var_os("YINSHU_SANDBOX_VENV")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox-venv"), PathBuf::from);
    let python = folder.join("bin/python");
    let ready = || {
        let test = ["-c", "import adbc_driver_flightsql.dbapi, pyarrow, matplotlib"];
        let said = Command::new(&python).args(test).stdin(Stdio::null()).output();
        said.is_ok_and(|said| said.status.success())
    };
    if ready() {
        return Ok(python);
    }
    let pip = ["-m", "pip", "install", "-q", "--retries", "1"].into_iter().chain(PACKAGES);
    let steps: [(&OsStr, Vec<&OsStr>); 2] = [
        ("python3".as_ref(), vec!["-m".as_ref(), "venv".as_ref(), folder.as_os_str()]),
        (python.as_os_str(), pip.map(OsStr::new).collect()),
    ];
    for (program, args) in steps {
        let done = Command::new(program).args(&args).stdin(Stdio::null()).output();
        let done = done.map_err(|error| error.to_string())?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or_default().to_owned();
            return Err(format!("the drivers cannot be installed: {said}"));
        }
    }
    if ready() { Ok(python) } else { Err("the drivers do not load here".to_owned()) }
}

fn sandbox(room: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu-sandbox"));
    command.arg("-C").arg(room).args(["--lang", "en", "--json"]).args(args);
    command.stdin(Stdio::null()).output().unwrap()
}

fn told(room: &Path, args: &[&str]) -> serde_json::Value {
    let output = sandbox(room, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// A server that runs, ended with the test.
struct Server(Child);

impl Server {
    fn start(room: &Path) -> (Self, serde_json::Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu-sandbox"));
        command.arg("-C").arg(room).args(["--lang", "en", "--json", "serve", "--listen", "127.0.0.1:0"]);
        let mut child =
            command.arg("--self-signed").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Self(child), serde_json::from_str(&line).unwrap())
    }

    /// Asks it to end, as an operating system does.
    #[cfg(unix)]
    fn end(mut self) -> std::process::ExitStatus {
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        self.0.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const COUNTED: &str = "[program]\nname = \"counted\"\nkind = \"aggregate\"\ntable = \"residents\"\nreads = [\"age\"]\n\
    [[column]]\nname = \"people\"\nkind = \"integer\"\nmin = 0\nmax = 100000\n";

/// An aggregate: how many rows there are.
fn counted() -> Vec<u8> {
    let text = r#"(component
      (core module $m
        (memory (export "memory") 2)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (local $more i32)
          (local.set $more (i32.sub
            (i32.shr_u (i32.add (local.get 3) (i32.const 135167)) (i32.const 16)) (memory.size)))
          (if (i32.gt_s (local.get $more) (i32.const 0))
            (then (if (i32.eq (memory.grow (local.get $more)) (i32.const -1)) (then unreachable))))
          (i32.const 65536))
        (func (export "batch") (param $rows i32) (param i32 i32)
          (i64.store (i32.const 16) (i64.add (i64.load (i32.const 16)) (i64.extend_i32_u (local.get $rows)))))
        (func (export "finish") (result i32)
          (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func (export "batch") (param "rows" u32) (param "values" (list s64))
        (canon lift (core func $i "batch") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
      (func (export "finish") (result (list s64))
        (canon lift (core func $i "finish") (memory (core memory $i "memory")))))"#;
    wat::parse_str(text).unwrap()
}

/// A room of the county with two programs and a user, and the user's secret.
fn room(folder: &Path) -> (PathBuf, String) {
    yinshu_sandbox::demo::county::write(folder, 3000, 8).unwrap();
    let room = folder.join("room");
    let file = |name: &str| folder.join(name).display().to_string();
    let policy = std::fs::read_to_string(file("livelihood.toml")).unwrap();
    std::fs::write(file("livelihood.toml"), format!("{policy}\n[review]\nreviewers = [\"wang\"]\n")).unwrap();
    std::fs::write(file("counted.wasm"), counted()).unwrap();
    std::fs::write(file("counted.toml"), COUNTED).unwrap();
    told(&room, &["init"]);
    told(&room, &["--user", "holder", "register", &file("county.toml")]);
    told(&room, &["--user", "holder", "approve", &file("livelihood.toml")]);
    told(&room, &["--user", "holder", "approver", "add", "wang"]);
    for name in ["need", "counted"] {
        let (wasm, manifest) = (file(&format!("{name}.wasm")), file(&format!("{name}.toml")));
        let add =
            ["--user", "li", "program", "add", &wasm, "--manifest", &manifest, "--policy", "livelihood"];
        told(&room, &add);
        let seen = told(&room, &["--user", "wang", "program", "review", name, "--policy", "livelihood"]);
        let approve = ["--user", "wang", "program", "approve", name, "--policy", "livelihood", "--component"];
        let approve: Vec<&str> = approve.into_iter().chain(seen["component"].as_str()).collect();
        told(&room, &approve);
    }
    let user = told(&room, &["--user", "holder", "user", "add", "li"]);
    (room, user["secret"].as_str().unwrap().to_owned())
}

#[test]
fn a_notebook_lists_asks_plots_and_is_refused() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let (room, secret) = room(folder.path());
    let (server, serving) = Server::start(&room);
    let plot = folder.path().join("wages.png");
    let run = |lang: &str| {
        let output = Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sandbox/notebook.py"))
            .env("SERVER", serving["address"].as_str().unwrap())
            .env("CERTIFICATE", serving["certificate"].as_str().unwrap())
            .envs([("RESEARCHER", "li"), ("SECRET", &secret), ("LANGUAGE", lang)])
            .env("PLOT", &plot)
            .env("MPLCONFIGDIR", folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success());
        said
    };
    let said = run("en");
    for line in [
        "table livelihood county residents id town sex born age schooling insured wage",
        "table livelihood county visits patient day hospital disease cost paid nights",
        "table livelihood yinshu budget policy measure granted spent remaining until",
        "types id:string town:string sex:string born:date32[day] age:int64 schooling:string insured:int64 wage:decimal128(18, 2)",
        "budget questions of the day 500.0 3.0 497.0",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}");
    }
    let line = |begins: &str| said.lines().filter(|line| line.starts_with(begins)).collect::<Vec<_>>();
    assert!(line("refused")[0].contains("9701") && line("refused")[0].contains("COUNT(DISTINCT"));
    assert!(line("refused")[1].contains("NOT_FOUND") && line("refused")[1].contains("9702"));
    assert_eq!(line("request").len(), 3);
    assert!(line("label")[0].contains("民生保障政策评估 · li"));
    assert!(std::fs::metadata(&plot).unwrap().len() > 5000);
    assert!(run("zh").contains("9702: 这里没有 medical_records"));
    #[cfg(unix)]
    assert!(server.end().success());
    // The log tells of everything, from where it came.
    let log = std::fs::read_to_string(room.join("audit/log.jsonl")).unwrap();
    for action in ["sandbox.login", "sandbox.list", "sandbox.ask", "sandbox.release", "sandbox.user.add"] {
        assert!(log.contains(action), "{action}");
    }
}

#[test]
fn a_notebook_calls_programs_and_fetches_what_was_released() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let (room, secret) = room(folder.path());
    let (_server, serving) = Server::start(&room);
    let run = |args: &[&str]| {
        let output = Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sandbox/programs.py"))
            .args(args)
            .env("SERVER", serving["address"].as_str().unwrap())
            .env("CERTIFICATE", serving["certificate"].as_str().unwrap())
            .envs([("RESEARCHER", "li"), ("SECRET", &secret)])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{said}{}", String::from_utf8_lossy(&output.stderr));
        (output.status.success(), said)
    };
    let (done, said) = run(&[]);
    assert!(done);
    let line = |begins: &str| said.lines().filter(|line| line.starts_with(begins)).collect::<Vec<_>>();
    assert_eq!(
        line("program"),
        ["program counted aggregate residents people", "program need score residents need"]
    );
    assert!(line("need").len() > 4, "{said}");
    let [waits, none] = line("refused")[..] else { panic!("{said}") };
    assert!(waits.contains("9795: The result waits for a reviewer"), "{waits}");
    assert!(none.contains("NOT_FOUND") && none.contains("9770"), "{none}");
    // The score and the aggregate; what is not there was refused, and counts.
    assert_eq!(line("asked"), ["asked 3.0"]);
    let id = waits.split("waits for a reviewer: ").nth(1).unwrap()[..12].to_owned();
    let (done, _) = run(&[&id]);
    assert!(!done, "nobody has seen it yet");
    let shown = told(&room, &["--user", "wang", "review", "show", &id]);
    assert_eq!(shown["program"]["failed"], serde_json::Value::Null, "behind the walls, too: {shown}");
    told(&room, &["--user", "wang", "review", "release", &id, "--reason", "one count"]);
    let (done, said) = run(&[&id]);
    assert!(done && said.starts_with("fetched 29") || said.starts_with("fetched 3000"), "{said}");
}

#[test]
fn a_server_is_asked_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (room, secret) = room(folder.path());
    let (_server, serving) = Server::start(&room);
    let secret_file = folder.path().join("secret");
    std::fs::write(&secret_file, format!("{secret}\n")).unwrap();
    let server = ["query", "--server", serving["address"].as_str().unwrap()];
    let ca = ["--ca", serving["certificate"].as_str().unwrap(), "--secret", secret_file.to_str().unwrap()];
    let ask = |user: &str, sql: &str| {
        let args = [&["--user", user][..], &server, &ca, &[sql]].concat();
        sandbox(&folder.path().join("elsewhere"), &args)
    };
    let answer = ask("li", "SELECT sex, COUNT(*) AS n FROM residents GROUP BY sex");
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let here = told(
        &room,
        &[
            "--user",
            "li",
            "--secret",
            secret_file.to_str().unwrap(),
            "query",
            "--policy",
            "livelihood",
            "SELECT sex, COUNT(*) AS n FROM residents GROUP BY sex",
        ],
    );
    assert_eq!((&answer["columns"], &answer["rows"]), (&here["columns"], &here["rows"]));
    assert_eq!(answer["rows"].as_array().unwrap().len(), 2);
    let scored = "SELECT need, COUNT(*) AS n FROM residents WHERE sex = '女' GROUP BY need";
    let told_by = |args: &[&str]| {
        let output = sandbox(
            &folder.path().join("elsewhere"),
            &[&["--user", "li"][..], args, &server[1..], &ca].concat(),
        );
        let text = if output.status.success() { output.stdout } else { output.stderr };
        serde_json::from_slice::<serde_json::Value>(&text).unwrap()
    };
    let submitted = told_by(&["submit", "--program", "need", scored]);
    assert!(submitted["rows"].as_array().unwrap().len() > 4, "{submitted}");
    let waits = told_by(&["submit", "--program", "counted"]);
    assert_eq!(waits["error"]["code"], 9795);
    let id = waits["error"]["fields"]["id"].as_str().unwrap();
    assert_eq!(told_by(&["fetch", id])["error"]["code"], 9795);
    told(&room, &["--user", "wang", "review", "release", id, "--reason", "one count"]);
    assert_eq!(told_by(&["fetch", id])["rows"].as_array().unwrap().len(), 1);
    // In the room, too, whoever asks says the secret, now that there are users; another's is none.
    let here = |args: &[&str]| {
        let asked = ["query", "--policy", "livelihood", "SELECT COUNT(*) FROM residents"];
        let output = sandbox(&room, &[args, &asked[..]].concat());
        serde_json::from_slice::<serde_json::Value>(&output.stderr)
            .map_or(0, |told| told["error"]["code"].as_u64().unwrap())
    };
    let with = ["--secret", secret_file.to_str().unwrap()];
    assert_eq!(here(&["--user", "li"]), 9746);
    assert_eq!(here(&["--user", "zhao", with[0], with[1]]), 9785);
    assert_eq!(here(&["--user", "li", with[0], with[1]]), 0);
    for (user, sql, code, exit) in [
        ("li", "SELECT id FROM residents", 9701, 2),
        ("li", "SELECT COUNT(*) FROM nothing", 9702, 2),
        ("wang", "SELECT COUNT(*) FROM residents", 9785, 5),
    ] {
        let refused = ask(user, sql);
        let told: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
        assert_eq!(
            (told["error"]["code"].as_u64(), refused.status.code()),
            (Some(code), Some(exit)),
            "{sql}"
        );
    }
}
