//! A score: a program that is given the rows of one person at a time, and gives values to them.
//!
//! # Security
//! What is asked of a score is that the values of a person follow from that person's rows and from nothing else: its columns
//! then are to release control what a `CASE` over the person's columns is. So each person is scored **alone**: in an instance
//! made for that person, with fuel of that person's own, and thrown away with all it wrote. A trap, no fuel or no memory
//! left are missing values of that person; no failure of a program is to be seen from which somebody's rows could be guessed.
//!
//! Making an instance takes some microseconds, more than most scores. Of a component that cannot write anywhere
//! ([`Makeup::keeps_nothing`]) one instance serves many persons **together**, in a loop that runs beside it
//! (`driver.wat`). A batch that comes to its end with the fuel of a single person has told of each what being alone would
//! have told; any other is split, down to persons who are scored alone. So both ways come to the same, which tests hold
//! against each other, and nothing of the second is to be trusted but that what cannot be written was not.
//!
//! How long it takes is not hidden: a program can burn the fuel of a row, which is bounded, for some rows and not for others.

use super::driver;
use super::machine::{Limited, Machine, fuelled, over};
use super::{Failed, Kind, Limits, MISSING, Makeup, Output, PERSON, Rows};
use std::time::Instant;
use wasmtime::component::{Func, InstancePre, Linker, TypedFunc};
use wasmtime::{Store, StoreContextMut, StoreLimits};

/// Rows that are scored together at most.
const TOGETHER: usize = 1024;

/// Rows that are tried together first.
const FIRST: usize = 64;

/// Bytes of memory of the loop beside a program.
const BESIDE: usize = 256 << 20;

/// A score made ready to run, for any number of threads.
#[derive(Clone)]
pub struct Score {
    machine: Machine,
    alone: InstancePre<Alone>,
    together: Option<InstancePre<StoreLimits>>,
    outputs: Vec<Output>,
    each: bool,
    limits: Limits,
}

/// What an instance of one person's own can ask for.
struct Alone {
    limits: StoreLimits,
    rows: Rows,
    first: usize,
    count: usize,
}

impl Limited for Alone {
    fn limits(&mut self) -> &mut StoreLimits {
        &mut self.limits
    }
}

/// The values of an output, row by row of what was scored.
pub type Values = Vec<Option<i64>>;

impl Score {
    /// Compiles a program that gives these outputs, and that scores each row, or each person.
    ///
    /// # Errors
    /// [`Failed::Unfit`]: it is no such program.
    pub fn new(
        machine: &Machine,
        bytes: &[u8],
        outputs: &[Output],
        each: bool,
        limits: &Limits,
    ) -> Result<Self, Failed> {
        let makeup = Makeup::of(bytes, Kind::Score)?;
        let component = machine.compiled(bytes)?;
        let mut linker: Linker<Alone> = Linker::new(machine.engine());
        granted(&mut linker).map_err(Failed::machine)?;
        linker.define_unknown_imports_as_traps(&component).map_err(Failed::unfit)?;
        let alone = linker.instantiate_pre(&component).map_err(Failed::unfit)?;
        let together = match makeup.keeps_nothing {
            // One that imports what the loop has not is scored alone.
            true => machine.compiled(&driver::around(bytes)).ok(),
            false => None,
        };
        let none: Linker<StoreLimits> = Linker::new(machine.engine());
        let together = together.map(|component| none.instantiate_pre(&component));
        let together = together.transpose().map_err(Failed::machine)?;
        let (machine, outputs) = (machine.clone(), outputs.to_vec());
        Ok(Self { machine, alone, together, outputs, each, limits: limits.clone() })
    }

    /// Whether persons are scored many at a time.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.together.is_some()
    }

    /// The same, every person alone: what comes to the same, and takes longer.
    #[must_use]
    pub fn slowly(self) -> Self {
        Self { together: None, ..self }
    }

    /// One that runs on a thread.
    #[must_use]
    pub fn running(&self) -> Scoring<'_> {
        Scoring { score: self, loaded: None, together: FIRST }
    }
}

fn granted(linker: &mut Linker<Alone>) -> wasmtime::Result<()> {
    let mut person = linker.instance(PERSON)?;
    person.func_wrap("rows", |store: StoreContextMut<'_, Alone>, (): ()| {
        Ok((u32::try_from(store.data().count).unwrap_or(u32::MAX),))
    })?;
    person.func_wrap("value", |store: StoreContextMut<'_, Alone>, (row, column): (u32, u32)| {
        let of = store.data();
        let (row, column) = (row as usize, column as usize);
        let value = if row < of.count { of.rows.value(of.first + row, column) } else { None };
        Ok((value.unwrap_or(MISSING),))
    })
}

/// A score that runs on a thread.
pub struct Scoring<'a> {
    score: &'a Score,
    loaded: Option<Together>,
    /// How many rows are tried together next.
    together: usize,
}

/// A loop with the program in it.
struct Together {
    store: Store<StoreLimits>,
    load: Func,
    run: Func,
}

/// Why persons have no values.
enum Not {
    /// Since the program failed on them.
    Scored,
    /// Since nothing goes on.
    Going(Failed),
}

impl From<Failed> for Not {
    fn from(failed: Failed) -> Self {
        Self::Going(failed)
    }
}

impl Scoring<'_> {
    /// The values of every output for all rows, until the time is over.
    ///
    /// # Errors
    /// [`Failed::Time`]; never what a program does with the rows of somebody.
    pub fn values(&mut self, rows: &Rows, until: Instant) -> Result<Vec<Values>, Failed> {
        let mut raw = Vec::with_capacity(rows.count() * self.score.outputs.len());
        let mut from = 0;
        while from < rows.persons() {
            let mut to = from + 1;
            let begin = rows.of_person(from).0;
            while to < rows.persons() && rows.of_person(to).1 - begin <= self.together {
                to += 1;
            }
            self.some(&rows.slice(from, to), until, &mut raw)?;
            from = to;
        }
        Ok(self.laid_out(rows, &raw))
    }

    /// Scores persons together, or each alone where that does not come to an end.
    fn some(&mut self, rows: &Rows, until: Instant, raw: &mut Vec<i64>) -> Result<(), Failed> {
        if self.score.together.is_some() {
            match self.at_once(rows, until) {
                Ok(values) => {
                    raw.extend(values);
                    return Ok(());
                }
                Err(Not::Going(failed)) => return Err(failed),
                Err(Not::Scored) => self.loaded = None,
            }
            let half = rows.persons() / 2;
            if half > 0 {
                self.some(&rows.slice(0, half), until, raw)?;
                return self.some(&rows.slice(half, rows.persons()), until, raw);
            }
        }
        for person in 0..rows.persons() {
            match self.alone(rows, person, until) {
                Ok(values) => raw.extend(values),
                Err(Not::Scored) => {
                    raw.resize(raw.len() + self.places(rows, person) * self.score.outputs.len(), MISSING);
                }
                Err(Not::Going(failed)) => return Err(failed),
            }
        }
        Ok(())
    }

    /// How many rows of a person are scored.
    fn places(&self, rows: &Rows, person: usize) -> usize {
        let (begin, end) = rows.of_person(person);
        if self.score.each { end - begin } else { 1 }
    }

    fn at_once(&mut self, rows: &Rows, until: Instant) -> Result<Vec<i64>, Not> {
        let Some(pre) = &self.score.together else { return Err(Not::Scored) };
        let loaded = match &mut self.loaded {
            Some(loaded) => loaded,
            none => none.insert(Together::new(self.score, pre, until)?),
        };
        let Together { store, load, run } = loaded;
        // The fuel of somebody who has one row, which is the least there is.
        let limit = self.score.limits.fuel;
        fuelled(store, limit, until)?;
        let count = u32::try_from(rows.count()).map_err(|_| Not::Scored)?;
        let load = load.typed::<(&[i64], u32), ()>(&*store).map_err(Failed::machine)?;
        load.call(&mut *store, (rows.values(), count)).map_err(|error| not(&error))?;
        let outputs = u32::try_from(self.score.outputs.len()).map_err(|_| Not::Scored)?;
        let run = run.typed::<(&[u32], u32, u32), (Vec<i64>,)>(&*store).map_err(Failed::machine)?;
        let asked = (rows.starts(), outputs, u32::from(self.score.each));
        let (values,) = run.call(&mut *store, asked).map_err(|error| not(&error))?;
        // So many that half of the fuel is enough, next time.
        let used = limit.saturating_sub(store.get_fuel().map_err(Failed::machine)?).max(1);
        let enough = (rows.count() as u64).saturating_mul(limit / 2) / used;
        self.together = usize::try_from(enough).unwrap_or(TOGETHER).clamp(1, TOGETHER);
        let wanted: usize = (0..rows.persons()).map(|person| self.places(rows, person)).sum();
        match values.len() == wanted * self.score.outputs.len() {
            true => Ok(values),
            false => Err(Failed::Machine("the loop gave another number of values".to_owned()).into()),
        }
    }

    fn alone(&self, rows: &Rows, person: usize, until: Instant) -> Result<Vec<i64>, Not> {
        let (first, end) = rows.of_person(person);
        let count = end - first;
        let rows_of = rows.clone();
        let memory = self.score.limits.memory();
        let mut store =
            self.score.machine.store(memory, |limits| Alone { limits, rows: rows_of, first, count });
        fuelled(&mut store, self.score.limits.fuel.saturating_mul(count as u64), until)?;
        let instance = self.score.alone.instantiate(&mut store).map_err(|error| not(&error))?;
        let score: TypedFunc<(u32, u32), (i64,)> =
            instance.get_typed_func(&mut store, "score").map_err(Failed::unfit)?;
        let mut values = Vec::new();
        for row in 0..self.places(rows, person) {
            for output in 0..self.score.outputs.len() {
                let at = |number: usize| u32::try_from(number).map_err(|_| Not::Scored);
                let (value,) =
                    score.call(&mut store, (at(row)?, at(output)?)).map_err(|error| not(&error))?;
                values.push(value);
            }
        }
        Ok(values)
    }

    /// Values by output and row; what a person was given, of all rows of the person; none that was not declared.
    fn laid_out(&self, rows: &Rows, raw: &[i64]) -> Vec<Values> {
        let outputs = &self.score.outputs;
        let mut all: Vec<Values> = outputs.iter().map(|_| Vec::with_capacity(rows.count())).collect();
        let mut next = raw.chunks_exact(outputs.len().max(1));
        for person in 0..rows.persons() {
            let (begin, end) = rows.of_person(person);
            let mut row: &[i64] = &[];
            for at in begin..end {
                if self.score.each || at == begin {
                    row = next.next().unwrap_or_default();
                }
                for ((values, value), output) in all.iter_mut().zip(row).zip(outputs) {
                    values.push(output.declared(*value));
                }
            }
        }
        all
    }
}

impl Together {
    fn new(score: &Score, pre: &InstancePre<StoreLimits>, until: Instant) -> Result<Self, Not> {
        let mut store = score.machine.store(score.limits.memory().max(BESIDE), |limits| limits);
        fuelled(&mut store, score.limits.fuel, until)?;
        let instance = pre.instantiate(&mut store).map_err(|error| not(&error))?;
        let mut of = |name: &str| {
            let found = instance.get_func(&mut store, name);
            found.ok_or_else(|| Failed::Machine(format!("the loop has no {name}")))
        };
        let (load, run) = (of("load")?, of("run")?);
        Ok(Self { store, load, run })
    }
}

fn not(error: &wasmtime::Error) -> Not {
    if over(error) { Not::Going(Failed::Time) } else { Not::Scored }
}
