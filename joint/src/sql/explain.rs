//! A plan for people: what runs where, what is asked, and who learns what. In both languages, from the same plan.

use super::terms::Terms;
use crate::lang::{Lang, Named, Texts, texts};
use serde_json::{Value, json};
use std::fmt::Write as _;
use yinshu_mpc::query::{
    Analysis, ColumnAt, Expr, Figure, From, Function, Input, Join, Plan, Shown, Tell, Values,
};

/// What one party, or everybody, learns.
#[derive(Debug)]
struct Learns {
    who: String,
    text: &'static str,
    about: Vec<(&'static str, String)>,
}

/// What the parties learn, as data: who, and a sentence in each language.
pub fn learns(terms: &Terms, plan: &Plan) -> Vec<Value> {
    let (zh, en) = (texts(Lang::Zh), texts(Lang::En));
    let each = |learns: &Learns| {
        json!({
            "who": learns.who, "what": learns.text.trim_start_matches("sql-learns-"),
            "zh": sentence(&zh, learns), "en": sentence(&en, learns),
        })
    };
    all(terms, plan).iter().map(each).collect()
}

/// What each owner runs by itself.
pub fn pushed(terms: &Terms, plan: &Plan) -> Vec<Value> {
    let each = |(at, input): (usize, &Input)| json!({ "input": at, "table": input.table, "owner": owner(terms, input), "sql": input.local });
    plan.inputs.iter().enumerate().map(each).collect()
}

fn sentence(texts: &Texts, learns: &Learns) -> String {
    let named: Vec<Named<'_>> =
        learns.about.iter().map(|(name, text)| (*name, text.clone().into())).collect();
    texts.say(learns.text, &named)
}

fn owner<'a>(terms: &'a Terms, input: &Input) -> &'a str {
    terms.parties.get(usize::from(input.owner)).map_or("?", |party| &party.name)
}

fn all(terms: &Terms, plan: &Plan) -> Vec<Learns> {
    let mut all = Vec::new();
    let mut push = |who: &str, text, about| all.push(Learns { who: who.to_owned(), text, about });
    for input in &plan.inputs {
        let text = if input.hidden { "sql-learns-bound" } else { "sql-learns-rows" };
        let about = vec![
            ("table", input.table.clone()),
            ("owner", owner(terms, input).to_owned()),
            ("rows", input.max_rows.to_string()),
        ];
        push("everybody", text, about);
    }
    if let Tell::Analysis(analysis) = &plan.tell {
        push("everybody", "sql-learns-enough", vec![]);
        push("everybody", opened(analysis), vec![("columns", names_of(plan, analysis))]);
    } else {
        push("everybody", "sql-learns-shape", vec![]);
    }
    if let Tell::Groups { keys, figures, having, .. } = &plan.tell {
        let names = |figures: &[Figure]| {
            let told = figures.iter().filter(|figure| !figure.hidden).map(|figure| figure.name.clone());
            told.collect::<Vec<_>>().join(", ")
        };
        let keys: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        let about = vec![("figures", names(figures)), ("keys", keys.join(", "))];
        let text = if keys.is_empty() { "sql-learns-figures" } else { "sql-learns-groups" };
        push("receivers", text, about);
        let more =
            |figure: &Figure| !figure.hidden && !matches!(figure.function, Function::Count | Function::Sum);
        if figures.iter().any(more) {
            push("receivers", "sql-learns-parts", vec![]);
        }
        if having.is_some() {
            push("receivers", "sql-learns-having", vec![]);
        }
    }
    push("everybody", "sql-learns-no-row", vec![]);
    all
}

/// What an analysis opens, to all who compute.
fn opened(analysis: &Analysis) -> &'static str {
    match analysis {
        Analysis::Correlations(_) | Analysis::Linear { .. } | Analysis::WeightedMean { .. } => {
            "sql-learns-products"
        }
        Analysis::Logistic { .. } => "sql-learns-logistic",
        Analysis::Survival { .. } => "sql-learns-survival",
        Analysis::Difference { .. } => "sql-learns-difference",
        Analysis::TwoWay(_) | Analysis::Histogram { .. } => "sql-learns-counts",
        Analysis::Quantiles { .. } => "sql-learns-quantiles",
        Analysis::Inequality { .. } => "sql-learns-inequality",
    }
}

fn names_of(plan: &Plan, analysis: &Analysis) -> String {
    analysis.columns().into_iter().map(|at| column(plan, at)).collect::<Vec<_>>().join(", ")
}

/// The plan for people.
pub fn page(terms: &Terms, plan: &Plan, texts: &Texts) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    line(&texts.say("sql-own-parts", &[]));
    for (at, input) in plan.inputs.iter().enumerate() {
        let about: Vec<Named<'_>> = vec![
            ("number", at.to_string().into()),
            ("table", input.table.clone().into()),
            ("owner", owner(terms, input).to_owned().into()),
        ];
        line(&format!("  {}", texts.say("sql-own-part", &about)));
        line(&format!("      {}", input.local));
        for column in &input.columns {
            line(&format!("      {} — {}", column.name, values(&column.values, column.nullable, texts)));
        }
    }
    line(&texts.say("sql-secure-part", &[]));
    tree(plan, &plan.from, 1, texts, &mut line);
    if let Some(filter) = &plan.filter {
        line(&format!("  {} {}", texts.say("sql-where", &[]), expr(plan, filter)));
    }
    told(plan, texts, &mut line);
    line(&texts.say("sql-learns", &[]));
    for learns in all(terms, plan) {
        let who = match learns.who.as_str() {
            "everybody" => texts.say("sql-everybody", &[]),
            "receivers" => texts.say("sql-receivers", &[]),
            other => other.to_owned(),
        };
        line(&format!("  {who}: {}", sentence(texts, &learns)));
    }
    page.truncate(page.trim_end().len());
    page
}

fn values(values: &Values, nullable: bool, texts: &Texts) -> String {
    let mut text = match values {
        Values::Key => texts.say("sql-key", &[]),
        Values::Integer { min, max, decimals } => {
            format!("{} … {}", scaled(*min, *decimals), scaled(*max, *decimals))
        }
        Values::Code { of } => {
            let few: Vec<&str> = of.iter().take(6).map(String::as_str).collect();
            format!("{}{}", few.join(", "), if of.len() > few.len() { ", …" } else { "" })
        }
    };
    if nullable {
        let _ = write!(text, ", {}", texts.say("sql-nullable", &[]));
    }
    text
}

fn scaled(value: i64, decimals: u32) -> String {
    if decimals == 0 {
        return value.to_string();
    }
    let unit = 10u64.pow(decimals);
    let (whole, part) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part:0width$}", width = decimals as usize)
}

fn tree(plan: &Plan, from: &From, depth: usize, texts: &Texts, line: &mut impl FnMut(&str)) {
    let indent = "  ".repeat(depth);
    match from {
        From::Input(at) => line(&format!("{indent}{}", table(plan, *at))),
        From::Union(parts) => {
            line(&format!("{indent}{}", texts.say("sql-union", &[])));
            for part in parts {
                tree(plan, part, depth + 1, texts, line);
            }
        }
        From::Join { one, many, on, kind } => {
            let id = match kind {
                Join::Inner => "sql-join-inner",
                Join::Left => "sql-join-left",
                Join::Semi => "sql-join-semi",
                Join::Anti => "sql-join-anti",
            };
            let pair = |[a, b]: &[ColumnAt; 2]| format!("{} = {}", column(plan, *b), column(plan, *a));
            let on = on.iter().map(pair).collect::<Vec<_>>().join(", ");
            line(&format!("{indent}{}", texts.say(id, &[("on", on.into())])));
            tree(plan, many, depth + 1, texts, line);
            tree(plan, one, depth + 1, texts, line);
        }
    }
}

fn table(plan: &Plan, at: usize) -> String {
    plan.inputs.get(at).map_or_else(String::new, |input| format!("[{at}] {}", input.table))
}

fn column(plan: &Plan, at: ColumnAt) -> String {
    let name = plan.inputs.get(at.input).and_then(|input| input.columns.get(at.column));
    format!("[{}].{}", at.input, name.map_or("?", |column| &column.name))
}

fn told(plan: &Plan, texts: &Texts, line: &mut impl FnMut(&str)) {
    let Tell::Groups { keys, figures, having, .. } = &plan.tell else {
        if let Tell::Analysis(analysis) = &plan.tell {
            let of =
                [("kind", analysis.word().to_owned().into()), ("columns", names_of(plan, analysis).into())];
            line(&format!("  {}", texts.say("sql-analysis", &of)));
        }
        return;
    };
    for key in keys {
        let of = [("name", key.name.clone().into()), ("of", expr(plan, &key.of).into())];
        line(&format!("  {}", texts.say("sql-by", &of)));
    }
    for figure in figures {
        let asked = [figure.of.as_ref(), figure.with.as_ref()];
        let asked = asked.into_iter().flatten().map(|of| expr(plan, of)).collect::<Vec<_>>().join(", ");
        let text = format!("{}({})", word(figure.function), if asked.is_empty() { "*" } else { &asked });
        let of = [("name", figure.name.clone().into()), ("of", text.into())];
        let id = if figure.hidden { "sql-figure-hidden" } else { "sql-figure" };
        line(&format!("  {}", texts.say(id, &of)));
    }
    if let Some(having) = having {
        let name = |at: ColumnAt| figures.get(at.column).map_or("?".into(), |figure| figure.name.clone());
        line(&format!("  {} {}", texts.say("sql-having", &[]), written(having, &name)));
    }
    let Some(layout) = &plan.layout else { return };
    let name = |shown: Shown| match shown {
        Shown::Key(at) => keys.get(at).map_or("?", |key| &key.name).to_owned(),
        Shown::Figure(at) => figures.get(at).map_or("?", |figure| &figure.name).to_owned(),
    };
    if !layout.order.is_empty() {
        let by = |order: &yinshu_mpc::query::Order| {
            format!("{}{}", name(order.by), if order.descending { " DESC" } else { "" })
        };
        let by = layout.order.iter().map(by).collect::<Vec<_>>().join(", ");
        line(&format!("  {}", texts.say("sql-order", &[("by", by.into())])));
    }
    if let Some(limit) = layout.limit {
        line(&format!("  {}", texts.say("sql-limit", &[("rows", limit.to_string().into())])));
    }
}

fn word(function: Function) -> &'static str {
    match function {
        Function::Count => "COUNT",
        Function::Sum => "SUM",
        Function::Mean => "AVG",
        Function::Variance => "VAR_SAMP",
        Function::Sd => "STDDEV_SAMP",
        Function::Min => "MIN",
        Function::Max => "MAX",
        Function::Median => "MEDIAN",
        Function::Correlation => "CORR",
    }
}

fn expr(plan: &Plan, of: &Expr) -> String {
    written(of, &|at| column(plan, at))
}

/// An expression over whole numbers, as SQL would have it.
fn written(of: &Expr, name: &dyn Fn(ColumnAt) -> String) -> String {
    let inner = |of: &Expr| match of {
        Expr::Column(_) | Expr::Integer(_) | Expr::Missing | Expr::Case { .. } => written(of, name),
        _ => format!("({})", written(of, name)),
    };
    match of {
        Expr::Column(at) => name(*at),
        Expr::Integer(value) => value.to_string(),
        Expr::Missing => "NULL".to_owned(),
        Expr::Binary { op, left, right } => {
            let op = op.sign();
            format!("{} {op} {}", inner(left), inner(right))
        }
        Expr::Not(of) => format!("NOT {}", inner(of)),
        Expr::Present(of) => format!("{} IS NOT NULL", inner(of)),
        Expr::Case { when, then, otherwise } => {
            let [when, then, otherwise] = [when, then, otherwise].map(|part| written(part, name));
            format!("CASE WHEN {when} THEN {then} ELSE {otherwise} END")
        }
    }
}
