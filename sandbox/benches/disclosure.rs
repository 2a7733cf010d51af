//! What disclosure control of one table takes, by how much was released on the data set before.
//!
//! ```text
//! cargo bench -p yinshu-sandbox --bench disclosure [-- FILTER]
//! ```
//!
//! A made-up population of ten columns, of which the common values are much commoner than the rare ones, and of which some hang
//! together. So many ordinary questions were answered before: counts by one, two and three columns, under conditions on others.
//! A case is judged under all rules (cells, complement, linked, rounding) against that history, several times over: nobody waits
//! for it any longer, so that nothing of it enters the history. Times are processor time, the least of several runs; nothing is
//! asserted about them. A filter is a part of a line's beginning, such as `1000000 persons, 50 before`.

use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::sync::Weak;
use std::time::{Duration, Instant};
use yinshu_sandbox::disclosure::{
    Cell, Computed, Figure, History, HistoryError, JudgeError, Measure, Part, Rules, Waiting, judge,
};

/// How many values each column has.
const COLUMNS: [u32; 10] = [2, 8, 16, 5, 4, 3, 20, 5, 6, 7];
const BEFORE: [usize; 4] = [0, 10, 50, 200];
/// Tables of 100, 480 and 1,920 groups.
const TABLES: [&[usize]; 3] = [&[6, 3], &[2, 3, 8], &[6, 2, 8]];
const RUNS: usize = 3;

/// Numbers that look random.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(n)) as u32
    }
}

/// Of every person the value of each column.
fn population(persons: usize) -> Vec<[u32; 10]> {
    let mut draw = Draw(persons as u64);
    let mut person = || {
        let mut of: [u32; 10] = COLUMNS.map(|n| draw.below(n).min(draw.below(n)));
        // Some columns follow others: of one value in three, the next is known.
        for (from, to) in [(1, 3), (1, 4), (2, 6), (8, 9)] {
            if draw.below(3) == 0 {
                of[to] = of[from] % COLUMNS[to];
            }
        }
        of
    };
    (0..persons).map(|_| person()).collect()
}

/// A question: by these columns, of those who have this value in that one.
#[derive(Debug, Clone)]
struct Question {
    by: Vec<usize>,
    of: Option<(usize, u32)>,
}

/// Ordinary questions, some of them asked again.
fn questions() -> Vec<Question> {
    let mut draw = Draw(5);
    let mut columns = |n: usize| {
        let mut by = Vec::new();
        while by.len() < n {
            let column = draw.below(10) as usize;
            if !by.contains(&column)
                && by.iter().map(|c| COLUMNS[*c]).product::<u32>() * COLUMNS[column] <= 500
            {
                by.push(column);
            }
        }
        let more = draw.below(10) as usize;
        let of = (!by.contains(&more)).then(|| (more, draw.below(COLUMNS[more].min(4))));
        (by, of)
    };
    let mut question = |i: usize| {
        let (size, under) =
            [(1, false), (2, false), (2, false), (1, true), (2, true), (2, false), (3, false)][i % 7];
        let (by, of) = columns(size);
        Question { by, of: of.filter(|_| under) }
    };
    (0..200).map(&mut question).collect()
}

/// The table as an engine would compute it.
fn computed(who: &[[u32; 10]], question: &Question) -> Computed {
    let mut groups: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
    let asked = |of: &[u32; 10]| question.of.is_none_or(|(column, value)| of[column] == value);
    for (person, of) in who.iter().enumerate().filter(|(_, of)| asked(of)) {
        let labels = question.by.iter().map(|c| of[*c]).collect();
        groups.entry(labels).or_default().push(person as u32);
    }
    let cell = |(labels, members): (Vec<u32>, Vec<u32>)| {
        let persons = RoaringBitmap::from_sorted_iter(members.iter().copied()).expect("they rise");
        let rows = persons.len();
        let part = Part {
            telling: persons.clone(),
            persons: persons.clone(),
            rows,
            sum: rows.into(),
            squares: rows.into(),
            alike: rows,
            largest: vec![1; 3.min(rows as usize)],
            absolute: rows.into(),
            step: 1,
            ..Part::default()
        };
        Cell {
            labels: labels.iter().map(|l| Some(format!("{l:02}"))).collect(),
            persons,
            rows,
            parts: vec![part],
            undecided: false,
        }
    };
    let count =
        Figure { name: "n".to_owned(), measure: Measure::Rows, decimals: 0, column: None, condition: false };
    Computed {
        keys: question.by.iter().map(|c| format!("c{c}")).collect(),
        figures: vec![count],
        cells: groups.into_iter().map(cell).collect(),
        owners: None,
    }
}

/// Processor time of this thread, where the system tells it; else the time of day, which other work on the machine is in.
fn spent() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    // Asking for it anew brings the count up to date.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

fn least<T>(runs: usize, mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let began = spent();
        let made = run();
        (spent().saturating_sub(began), made)
    };
    let first = timed();
    (1..runs).map(|_| timed()).fold(first, |a, b| if b.0 < a.0 { b } else { a })
}

#[allow(clippy::print_stdout, reason = "it says how long things took")]
fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let (secret, rules) = ([7; 32], Rules::default());
    for persons in [10_000, 1_000_000] {
        if !BEFORE.iter().any(|n| format!("{persons} persons, {n} before").contains(&filter)) {
            continue;
        }
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("history");
        let mut history = History::create(&path).expect("there is room for a file");
        let who = population(persons);
        let mut asked = questions().into_iter();
        let (mut answered, mut longest) = (0, Duration::ZERO);
        for before in BEFORE {
            for question in asked.by_ref().take(before - answered) {
                let table = computed(&who, &question);
                let (took, _) =
                    least(1, || judge(&table, &rules, &mut history, &secret).expect("it is whole"));
                longest = longest.max(took);
            }
            answered = before;
            let name = format!("{persons} persons, {before} before");
            if !name.contains(&filter) {
                continue;
            }
            let (opened, _) = least(RUNS, || History::open(&path).expect("it is there"));
            println!("{name}: {} sets, opened in {opened:?}, longest until now {longest:?}", history.added());
            for by in TABLES {
                let table = computed(&who, &Question { by: by.to_vec(), of: None });
                let cells = table.cells.len();
                // Nobody waits for it: it is judged and not released.
                let nobody = Waiting { until: Instant::now(), whom: Weak::<()>::new() };
                let mut open = History::open(&path).expect("it is there").waited_for(nobody);
                let (took, late) = least(RUNS, || judge(&table, &rules, &mut open, &secret));
                assert!(matches!(late, Err(JudgeError::History(HistoryError::Late))), "it was not released");
                // Somebody does: what is shown of it, in a copy.
                let copy = folder.path().join("copy");
                std::fs::copy(&path, &copy).expect("there is room for a file");
                let mut open = History::open(&copy).expect("it is there");
                let shown = judge(&table, &rules, &mut open, &secret).expect("it is whole").table.cells.len();
                std::fs::remove_file(&copy).expect("it was made above");
                println!("{name}: {cells} cells in {took:?}, {shown} shown");
            }
        }
    }
}
