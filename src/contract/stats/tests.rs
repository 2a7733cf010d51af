//! Contracts of statistics say nothing that contradicts itself, and nothing that could overflow.

use super::super::{Blanks, ContractError, Draft, Of, Party, Role, Template};
use yinshu_crypto::sign::SigningKey;

fn party(name: &str, role: Role, seed: u8) -> Party {
    let key: SigningKey =
        format!("yinshu-secret-ed25519:{}", format!("{seed:02x}").repeat(32)).parse().expect("a key");
    Party::new(name.parse().expect("a name"), name.to_owned(), role, key.public())
}

/// The template's text: tax (provider), bureau (recipient), social (provider), and as many more.
pub(crate) fn text(more: usize) -> String {
    let names = ["social", "medical", "school"].into_iter().zip(3..);
    let more: Vec<Party> = names.take(more).map(|(name, at)| party(name, Role::Provider, at)).collect();
    let blanks = Blanks {
        id: "S5",
        title: None,
        provider: &party("tax", Role::Provider, 1),
        recipient: &party("bureau", Role::Recipient, 2),
        more: &more,
        catalogue: "C-1",
        valid_from: "2026-11-01".parse().expect("a day"),
        valid_until: "2026-12-31".parse().expect("a day"),
        test_region: true,
        report_keys: None,
    };
    blanks.fill(Template::Stats)
}

fn parse(text: &str) -> Result<Draft, ContractError> {
    Draft::parse(text, "contract.toml")
}

#[test]
fn the_template_is_a_contract_of_three() {
    let draft = parse(&text(1)).expect("a contract");
    let stats = draft.terms.stats.as_ref().expect("terms");
    assert_eq!(stats.cells().count(), 5 * yinshu_origin::band::BANDS);
    assert_eq!((stats.columns(), stats.figures()), (2, 2 * 6 * (yinshu_origin::band::BANDS + 1)));
    assert_eq!(draft.max_runs(), Some(12));
    assert_eq!(parse(&text(0)).expect_err("not three").code(), 6031);
}

#[test]
fn a_fourth_and_a_fifth_party_bring_rows_and_do_not_compute() {
    for (more, outside) in [(2, "[\"medical\"]"), (3, "[\"medical\", \"school\"]")] {
        let body = text(more);
        let draft = parse(&body).expect("a contract");
        let stats = draft.terms.stats.as_ref().expect("terms");
        assert_eq!(stats.all_rows(), (2 + more as u64) * stats.max_rows);
        let line = format!("outside = {outside}");
        assert_eq!(parse(&body.replace(&line, "")).expect_err("four compute").code(), 6031);
        for other in ["[\"bureau\"]", "[\"social\"]", "[\"nobody\"]", "[\"school\", \"medical\"]"] {
            assert!(parse(&body.replace(&line, &format!("outside = {other}"))).is_err(), "{other}");
        }
        let receiver = body.replace("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"medical\"]");
        assert!(parse(&receiver).is_err(), "who does not compute receives nothing");
        let median = body.replace("[\"sum\", \"mean\"]", "[\"median\"]");
        let median =
            median.replace("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"tax\", \"social\"]");
        assert!(parse(&median).is_err(), "nothing is looked for step by step");
    }
}

#[test]
fn what_contradicts_itself_is_no_contract() {
    let body = text(1);
    let cases = [
        ("person = \"id\"", "person = \"wage\""),
        ("person = \"id\"", "person = \"nobody\""),
        ("receivers = [\"bureau\"]", "receivers = []"),
        ("receivers = [\"bureau\"]", "receivers = [\"tax\"]"),
        ("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"bureau\"]"),
        ("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"school\"]"),
        ("max_rows = 1000000", "max_rows = 0"),
        ("max_rows = 1000000", "max_rows = 2000000000000"),
        ("max_runs = 12", "max_runs = 0"),
        ("# dominance_percent = 80", "dominance_percent = 0"),
        ("# dominance_percent = 80", "dominance_percent = 100"),
        ("column = \"xzqh\"", "column = \"id\""),
        ("column = \"xzqh\"", "column = \"wage\""),
        ("column = \"wage\"", "column = \"xzqh\""),
        ("statistics = [\"sum\", \"mean\"]", "statistics = []"),
        ("statistics = [\"sum\", \"mean\"]", "statistics = [\"sum\", \"sum\"]"),
        ("statistics = [\"sum\", \"mean\"]", "statistics = [\"median\"]"),
        ("statistics = [\"sum\", \"mean\"]", "statistics = [\"min\"]"),
        ("statistics = [\"sum\", \"mean\"]", "quantiles = [500]"),
        ("decimals = 2", "decimals = 2\nhistogram = [5, 5]"),
        ("decimals = 2", "decimals = 2\nhistogram = [0]"),
        ("decimals = 2", "decimals = 2\nhistogram = [1000000]"),
        ("max = 1000000\n", "max = 1000000\n[[stats.correlation]]\ncolumns = [\"wage\", \"wage\"]\n"),
        ("max = 1000000\n", "max = 1000000\n[[stats.correlation]]\ncolumns = [\"wage\", \"id\"]\n"),
        ("max = 1000000\n", "max = 1000000\n[[stats.regression]]\nexplained = \"wage\"\nexplaining = []\n"),
        ("max = 1000000\n", "max = 1000000\n[[stats.weighted_mean]]\ncolumn = \"wage\"\nweight = \"wage\"\n"),
        (
            "max = 1000000\n",
            "max = 1000000\n[[stats.t_test]]\ncolumn = \"wage\"\ncut = \"xzqh\"\nparts = [\"990101\", \"1\"]\n",
        ),
        ("decimals = 2", "decimals = 10"),
        ("max = 1000000\n", "max = -1\n"),
        ("name = \"social\"", "name = \"social\"\nlistens = false"),
        ("scenario = \"stats\"", "scenario = \"psi\""),
    ];
    for (from, to) in cases {
        assert!(body.contains(from), "{from}");
        let refused = parse(&body.replacen(from, to, 1)).expect_err(to);
        assert_eq!(refused.code(), 6006, "{to}: {refused}");
    }
    for least in [0, 1, 2] {
        let text = body.replacen("# dominance_percent = 80", "dominance_percent = 80", 1);
        let text = text.replacen("min_group_size = 10", &format!("min_group_size = {least}"), 1);
        assert_eq!(parse(&text).expect_err("too few").code(), 6006, "{least}");
    }
    let negative = body.replace("min = 0 ", "min = -1 ");
    parse(&negative).expect("values below zero");
    let dominated = negative.replace("# dominance_percent = 80", "dominance_percent = 80");
    assert_eq!(parse(&dominated).expect_err("below zero").code(), 6006);
}

#[test]
fn what_could_overflow_is_refused() {
    let body = text(1);
    // 3 million rows of 10^8 fen are below 2^49; their squares are not below 2^63.
    for (from, to, bits, most) in [
        ("max = 1000000\n", "max = 9223372036854775807\n", 92, 63),
        ("decimals = 2", "decimals = 9", 72, 63),
        ("max_rows = 1000000", "max_rows = 1000000000000", 69, 63),
        ("# dominance_percent = 80", "max_rows = 100000000\ndominance_percent = 80", 55, 53),
    ] {
        assert!(body.contains(from), "{from}");
        let mut text = body.replacen(from, to, 1);
        if to.contains("dominance") {
            text = text.replacen("max_rows = 1000000 ", "# ", 1);
        }
        match parse(&text).expect_err(to) {
            ContractError::StatsOverflow { bits: found, most: room, .. } => {
                assert_eq!((found, room), (bits, most), "{to}");
            }
            other => panic!("{to}: {other}"),
        }
    }
    // Squares of 10^8 need 75 bits, which is more than a word and less than 103; those of 10^15 do not fit.
    let squares = body.replacen("statistics = [\"sum\", \"mean\"]", "statistics = [\"variance\", \"sd\"]", 1);
    let draft = parse(&squares).expect("several words");
    let stats = draft.terms.stats.as_ref().expect("terms");
    assert!(!stats.is_wide(Of::Values(0)) && stats.is_wide(Of::Products(0, 0)));
    match parse(&squares.replacen("max = 1000000\n", "max = 20000000000\n", 1)).expect_err("too many") {
        ContractError::StatsOverflow { bits, most, place, .. } => {
            assert_eq!((bits, most, &place[..]), (104, 103, "stats.measure wage"));
        }
        other => panic!("{other}"),
    }
}

/// The template's text with noise.
pub(crate) fn with_noise(lines: &str) -> String {
    let text = text(1).replace("unusable = \"refuse\"", "unusable = \"leave-out\"");
    format!("{text}\n[stats.noise]\n{lines}\n")
}

#[test]
fn noise_is_divided_among_figures_and_priced() {
    let draft = parse(&with_noise("epsilon = \"1\"")).expect("a contract");
    let stats = draft.terms.stats.as_ref().expect("terms");
    let noised = stats.noised().expect("noise");
    let said: Vec<_> =
        noised.iter().map(|one| (&one.figure[..], one.epsilon.to_string(), one.sensitivity)).collect();
    // A mean follows from the sum and the count; one row adds at most a million yuan, in fen.
    assert_eq!(said, [("count", "0.5".to_owned(), 1), ("wage.sum", "0.5".to_owned(), 100_000_000)]);
    assert_eq!((noised[0].scale.ratio(), noised[1].scale.ratio()), (2.0, 200_000_000.0));
    let price = stats.price().expect("a price").expect("noise");
    // Each ε of a half costs an eighth; 2^-40 is rounded up.
    assert_eq!(
        (price.rho.to_string(), price.epsilon.map(|e| e.to_string())),
        ("0.25".to_owned(), Some("1".to_owned()))
    );
    assert_eq!(price.distance.to_string(), "0.000000000000909495");
    let weighed = with_noise("epsilon = \"1\"\nweights = { \"wage.sum\" = 2 }");
    let draft = parse(&weighed).expect("a contract");
    let stats = draft.terms.stats.as_ref().expect("terms");
    let each: Vec<_> = stats.noised().expect("noise").iter().map(|one| one.epsilon.to_string()).collect();
    assert_eq!(each, ["0.333333333", "0.666666666"], "never more than there is");
    let histogram = with_noise("epsilon = \"3\"").replace("decimals = 2", "decimals = 2\nhistogram = [5000]");
    let draft = parse(&histogram).expect("a contract");
    let noised = draft.terms.stats.as_ref().expect("terms").noised().expect("noise");
    assert_eq!(
        (&noised[2].figure[..], noised[2].sensitivity, noised[2].epsilon.to_string()),
        ("wage.histogram", 1, "1".to_owned())
    );
    let without = parse(&text(1)).expect("a contract");
    assert_eq!(without.terms.stats.as_ref().expect("terms").price().expect("none"), None);
}

#[test]
fn a_negative_bound_counts_by_its_amount() {
    let text = with_noise("epsilon = \"1\"").replace("min = 0 ", "min = -2000000 ");
    let noised =
        parse(&text).expect("a contract").terms.stats.as_ref().expect("terms").noised().expect("noise");
    assert_eq!(noised[1].sensitivity, 200_000_000);
}

#[test]
fn beside_noise_nothing_is_told_exactly() {
    const NOISE: &str = "\n[stats.noise]\n";
    // With a second measure, of which models may be made.
    let body = with_noise("epsilon = \"1\"")
        .replace(
            "    { name = \"wage\", kind = \"decimal\" },\n",
            "    { name = \"wage\", kind = \"decimal\" },\n    { name = \"hours\", kind = \"integer\" },\n",
        )
        .replace(
            NOISE,
            &format!(
                "\n[[stats.measure]]\ncolumn = \"hours\"\nstatistics = [\"sum\"]\nmin = 0\nmax = 99{NOISE}"
            ),
        )
        .replace("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"tax\", \"social\"]");
    parse(&body).expect("nothing of it is exact");
    let model = |lines: &str| format!("\n[[stats.{lines}{NOISE}");
    let models = [
        "correlation]]\ncolumns = [\"wage\", \"hours\"]",
        "regression]]\nexplained = \"wage\"\nexplaining = [\"hours\"]",
        "weighted_mean]]\ncolumn = \"wage\"\nweight = \"hours\"",
        "t_test]]\ncolumn = \"wage\"\ncut = \"xzqh\"\nparts = [\"990101\", \"990102\"]",
    ]
    .map(|lines| (NOISE, model(lines), lines.split_once(']').expect("a head").0));
    let cases = [
        ("[\"sum\", \"mean\"]", "[\"sum\", \"variance\"]", "wage.variance"),
        ("[\"sum\", \"mean\"]", "[\"sd\"]", "wage.sd"),
        ("[\"sum\", \"mean\"]", "[\"sum\", \"median\", \"min\"]", "wage.median, wage.min"),
        ("# dominance_percent = 80", "dominance_percent = 80", "dominance_percent"),
        ("decimals = 2", "quantiles = [500]\ndecimals = 2", "wage.p50"),
        ("person = \"id\"", "person = \"id\"\nchi_square = true", "chi_square"),
    ]
    .map(|(from, to, named)| (from, to.to_owned(), named));
    for (from, to, named) in models.into_iter().chain(cases) {
        assert!(body.contains(from), "{from}");
        let without = body.replacen(from, &to, 1);
        let exactly = without.replace(&format!("{NOISE}epsilon = \"1\"\n"), "\n");
        parse(&exactly).expect("without noise it may be told");
        match parse(&without).expect_err(&to) {
            ContractError::NotNoised { figures } => assert_eq!(figures, named),
            other => panic!("{to}: {other}"),
        }
    }
    let body = with_noise("epsilon = \"1\"");
    for (from, to, code) in [
        ("unusable = \"leave-out\"", "unusable = \"refuse\"", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"0\"\n", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"4.000000001\"\n", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"0.0000000001\"\n", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"-1\"\n", 6004),
        ("epsilon = \"1\"\n", "epsilon = 1\n", 6004),
        ("epsilon = \"1\"\n", "epsilon = \"1\"\nweights = { \"wage.sum\" = 0 }\n", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"1\"\nweights = { wage = 2 }\n", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"1\"\nkind = \"gaussian\"\n", 6004),
        // Room for the noise, too: a scale of 10^17 has noise of 2^63.
        ("epsilon = \"1\"\n", "epsilon = \"0.000000002\"\n", 6006),
        ("epsilon = \"1\"\n", "epsilon = \"0.0000001\"\n", 6030),
    ] {
        assert!(body.contains(from), "{from}");
        assert_eq!(parse(&body.replace(from, to)).expect_err(to).code(), code, "{to}");
    }
}
