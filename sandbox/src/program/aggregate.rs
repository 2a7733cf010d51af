//! An aggregate: a program that sees all granted rows and gives one table.
//!
//! # Security
//! What it gives can be anything that fits, with somebody's row written into its figures in a way that nobody sees. No rule
//! over row sets can judge it, so nothing of it is released by rule: a person looks at it first. What that person has to look
//! at is kept small: so many rows, so many cells, whole numbers within declared bounds and labels of declared lists, and no
//! more significant digits than the policy says. That it failed is a message, too, and takes the same way.

use super::gathered::Sheet;
use super::machine::{Machine, fuelled, over};
use super::{Failed, Kind, Limits, Makeup, Output, Rows};
use std::time::Instant;
use wasmtime::component::{Component, Func, Linker, TypedFunc, WasmList};
use wasmtime::{Store, StoreLimits};

/// An aggregate that is running.
pub struct Aggregate {
    store: Store<StoreLimits>,
    batch: Func,
    finish: TypedFunc<(), (WasmList<i64>,)>,
    outputs: Vec<Output>,
    limits: Limits,
    until: Instant,
}

impl Aggregate {
    /// Compiles and starts a program whose table has these columns.
    ///
    /// # Errors
    /// [`Failed`]: it is no such program, or it failed.
    pub fn start(
        machine: &Machine,
        bytes: &[u8],
        outputs: &[Output],
        limits: &Limits,
        until: Instant,
    ) -> Result<Self, Failed> {
        Makeup::of(bytes, Kind::Aggregate)?;
        let component: Component = machine.compiled(bytes)?;
        let mut linker: Linker<StoreLimits> = Linker::new(machine.engine());
        linker.define_unknown_imports_as_traps(&component).map_err(Failed::unfit)?;
        let mut store = machine.store(limits.memory(), |limits| limits);
        fuelled(&mut store, limits.fuel_in_all, until)?;
        let instance = linker.instantiate(&mut store, &component).map_err(|error| ended(&error))?;
        let batch = instance.get_func(&mut store, "batch");
        let batch = batch.ok_or_else(|| Failed::Unfit("it does not export batch".to_owned()))?;
        let finish = instance.get_typed_func(&mut store, "finish").map_err(Failed::unfit)?;
        let (outputs, limits) = (outputs.to_vec(), limits.clone());
        Ok(Self { store, batch, finish, outputs, limits, until })
    }

    /// Gives it rows.
    ///
    /// # Errors
    /// [`Failed`]: it trapped, or its fuel, memory or time is over.
    pub fn take(&mut self, rows: &Rows) -> Result<(), Failed> {
        self.going()?;
        let count = u32::try_from(rows.count()).map_err(Failed::machine)?;
        let batch = self.batch.typed::<(u32, &[i64]), ()>(&self.store).map_err(Failed::unfit)?;
        batch.call(&mut self.store, (count, rows.values())).map_err(|error| ended(&error))
    }

    /// Its table, row by row.
    ///
    /// # Errors
    /// [`Failed`]: as before, or the table is too large.
    pub fn finish(mut self) -> Result<Sheet, Failed> {
        self.going()?;
        let (list,) = self.finish.call(&mut self.store, ()).map_err(|error| ended(&error))?;
        // Before anything of it is read, so that no more is read than there may be.
        if list.len() > self.limits.cells {
            return Err(Failed::Output(format!("{} cells", list.len())));
        }
        let mut values = Vec::with_capacity(list.len());
        for value in list.iter(&mut self.store).map_err(|error| ended(&error))? {
            values.push(value.map_err(|error| ended(&error))?);
        }
        sheet(&values, &self.outputs, &self.limits)
    }

    /// What is left of the fuel goes on; the time is looked at again.
    fn going(&mut self) -> Result<(), Failed> {
        let fuel = self.store.get_fuel().map_err(Failed::machine)?;
        fuelled(&mut self.store, fuel, self.until)
    }
}

/// Values row after row as a table, of what is declared.
pub(super) fn sheet(values: &[i64], outputs: &[Output], limits: &Limits) -> Result<Sheet, Failed> {
    let columns = outputs.len().max(1);
    let (cells, rows) = (values.len(), values.len() / columns);
    if cells % columns != 0 || cells > limits.cells || rows > limits.rows {
        return Err(Failed::Output(format!("{cells} cells in {columns} columns")));
    }
    let cell = |(value, output): (&i64, &Output)| {
        output.declared(if output.number { shortened(*value, limits.digits) } else { *value })
    };
    let row = |row: &[i64]| row.iter().zip(outputs).map(cell).collect();
    Ok(values.chunks_exact(columns).map(row).collect())
}

/// A number with so many significant digits, the further ones rounded off towards zero.
fn shortened(value: i64, digits: u32) -> i64 {
    let length = value.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1);
    match length.checked_sub(digits) {
        Some(more @ 1..) => {
            let unit = 10i64.pow(more);
            value / unit * unit
        }
        _ => value,
    }
}

fn ended(error: &wasmtime::Error) -> Failed {
    if over(error) { Failed::Time } else { Failed::Trapped(error.to_string()) }
}
