//! `yinshu bench`: the figures are there. How large they are is never asserted.

use super::Place;

#[test]
fn cleaning_is_measured_and_machines_get_every_figure() {
    let place = Place::new();
    let json = place.run(&["--json", "bench", "clean", "--quick"]).exits(0).json();
    assert_eq!(json["quick"], true);
    assert!(json["machine"]["cores"].as_u64().is_some_and(|cores| cores > 0), "{json}");
    for absent in ["psi", "origin", "parts"] {
        assert!(json.get(absent).is_none(), "{absent} was not asked for: {json}");
    }
    let clean = &json["clean"];
    assert_eq!(clean["rows"], 100_000, "{json}");
    assert_eq!(clean["columns"], 10);
    assert_eq!(clean["target_rows_per_second"], 1_000_000);
    assert_eq!(clean["target_peak_bytes"], 200 << 20);
    assert!(clean["bytes"].as_u64().is_some_and(|bytes| bytes > 5_000_000), "{json}");
    assert!(clean["rejected"].as_u64().is_some_and(|rows| (1..10_000).contains(&rows)), "{json}");
    for figure in ["seconds", "rows_per_second"] {
        assert!(clean[figure].as_f64().is_some_and(|n| n > 0.0), "{figure}: {json}");
    }
    if cfg!(target_os = "linux") {
        assert!(clean["peak_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{json}");
    }
}

#[test]
fn a_file_of_ones_own_is_measured_and_a_wrong_one_refused() {
    let place = Place::new();
    let header = "aac002,aac003,aac004,aac006,aab301,aae140,aac008,aae041,aae042,gxsj\n";
    place.write("own.csv", format!("{header}990101199003070015,王芳,2,1990-03-07,990101,110,1,201107,,\n"));
    let ran = place.run(&["bench", "clean", "--file", "own.csv"]).exits(0);
    assert!(ran.out.contains("1 rows") && ran.out.contains("1,000,000 rows/s"), "{}", ran.out);
    let zh = place.run(&["bench", "clean", "--file", "own.csv", "--lang", "zh"]).exits(0);
    assert!(zh.out.contains("内存峰值") && zh.out.contains("平均负载"), "{}", zh.out);
    place.run(&["--json", "bench", "clean", "--file", "none.csv"]).exits(6);
    place.write("other.csv", "a,b\n1,2\n");
    place.run(&["--json", "bench", "clean", "--file", "other.csv"]).exits(3);
}

#[test]
fn options_that_what_is_measured_does_not_take_are_refused() {
    let place = Place::new();
    for args in [
        &["bench", "psi", "--file", "x.csv"][..],
        &["bench", "clean", "--profile", "small"],
        &["bench", "clean", "--file", "x.csv", "--quick"],
        &["bench", "clean", "--growth"],
        &["bench", "psi", "--large"],
        &["bench", "psi", "--party", "0"],
    ] {
        let ran = place.run(args).exits(2);
        assert!(ran.err.contains("error[1006]"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn growth_is_measured_and_drawn() {
    let place = Place::new();
    let args = ["--json", "bench", "psi", "--growth", "--to", "6", "--chart", "chart.svg"];
    let json = place.run(&args).exits(0).json();
    let ways: Vec<_> = json["growth"].as_array().expect("figures").iter().map(|row| &row["way"]).collect();
    assert_eq!(ways, ["rr22", "ecdh"], "{json}");
    assert!(json["growth"][0]["bytes"].as_u64().is_some_and(|bytes| bytes > 100_000), "{json}");
    assert!(place.read("chart.svg").starts_with("<svg"), "{json}");
    place.run(&["bench", "psi", "--growth", "--to", "28"]).exits(2);
    place.run(&["bench", "psi", "--to", "12"]).exits(2);
}

#[test]
fn joint_computation_runs_in_three_processes_and_its_growth_is_drawn() {
    let place = Place::new();
    // An outcome that is not that in the clear ends the command with an error.
    let args = ["--json", "bench", "mpc", "--growth", "--to", "9", "--chart", "chart.svg"];
    let json = place.run(&args).exits(0).json();
    let rows = json["mpc_growth"].as_array().expect("figures");
    let works: Vec<_> = rows.iter().map(|row| &row["work"]).collect();
    assert_eq!(works, ["share", "multiply", "less64", "groups", "sort", "join"], "{json}");
    for row in rows {
        assert_eq!(row["rows"], 512, "{row}");
        assert!(row["seconds"].as_f64().is_some_and(|n| n > 0.0), "{row}");
        assert!(row["bytes_sent"][0].as_u64().is_some_and(|bytes| bytes > 512), "{row}");
    }
    assert!(place.read("chart.svg").starts_with("<svg"), "{json}");
}
