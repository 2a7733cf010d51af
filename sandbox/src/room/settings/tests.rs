use super::*;

fn cluster(text: &str) -> Result<Option<Cluster>, String> {
    let read: Settings = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    read.cluster().map_err(|error| error.to_string())
}

#[test]
fn a_cluster_is_said_as_a_whole_or_not_at_all() {
    assert_eq!(cluster(""), Ok(None));
    assert_eq!(cluster("engine = \"embedded\""), Ok(None));
    let said = "engine = \"ballista\"\n[cluster]\nscheduler = \"10.0.0.5:50050\"\n";
    let (scheduler, parts, program) = ("10.0.0.5:50050".to_owned(), 16, None);
    assert_eq!(cluster(said), Ok(Some(Cluster { scheduler, parts, program })));
    let refused = [
        ("engine = \"ballista\"", "needs [cluster]"),
        ("[cluster]\nscheduler = \"h:1\"", "missing"),
        ("engine = \"spark\"", "unknown variant"),
        ("engine = \"ballista\"\n[cluster]\n", "scheduler"),
        ("engine = \"ballista\"\n[cluster]\nscheduler = \"h\"", "host:port"),
        ("engine = \"ballista\"\n[cluster]\nscheduler = \":1\"", "host:port"),
        ("engine = \"ballista\"\n[cluster]\nscheduler = \"h:1\"\nparts = 0", "1 to 4096"),
        ("engine = \"ballista\"\n[cluster]\nscheduler = \"h:1\"\nparts = 4097", "1 to 4096"),
        ("engine = \"ballista\"\n[cluster]\nscheduler = \"h:1\"\nprogram = \"joint\"", "absolute"),
        ("engine = \"ballista\"\n[cluster]\nscheduler = \"h:1\"\ntls = true", "unknown field"),
    ];
    for (text, reason) in refused {
        let error = cluster(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
