//! The machine that programs run on, the same for all: what it knows and what it has not.
//!
//! Nothing that differs from one run to another reaches a program: no threads, no relaxed vectors, one pattern of bits for
//! what is no number, and fuel that counts instructions and, of instructions over memory, bytes.

use super::Failed;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, Inlining, Store, StoreLimits, StoreLimitsBuilder, Trap};

/// Bytes of stack of a program.
const STACK: usize = 512 << 10;

/// How often running programs are asked whether their time is over.
const TICK: Duration = Duration::from_millis(5);

/// Entries of a table at most.
const ENTRIES: usize = 10_000;

/// Core modules, memories and tables of one program at most.
const PARTS: usize = 16;

/// The machine. While it is there, time passes for the programs on it.
#[derive(Clone)]
pub struct Machine {
    engine: Engine,
    _clock: Arc<Clock>,
}

struct Clock(Arc<AtomicBool>);

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Machine {
    /// Builds it.
    ///
    /// # Errors
    /// [`Failed::Machine`]: not on this processor.
    pub fn new() -> Result<Self, Failed> {
        let mut config = Config::new();
        config
            .consume_fuel(true)
            .epoch_interruption(true)
            .max_wasm_stack(STACK)
            .cranelift_nan_canonicalization(true)
            .concurrency_support(false)
            .compiler_inlining(Inlining::Yes)
            .wasm_backtrace_max_frames(None)
            .wasm_relaxed_simd(false)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            .wasm_component_model(true);
        let engine = Engine::new(&config).map_err(Failed::machine)?;
        let ended = Arc::new(AtomicBool::new(false));
        let (weak, end) = (engine.weak(), Arc::clone(&ended));
        std::thread::Builder::new()
            .name("ticks".to_owned())
            .spawn(move || {
                while !end.load(Ordering::Relaxed) {
                    std::thread::sleep(TICK);
                    match weak.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(|error| Failed::Machine(error.to_string()))?;
        Ok(Self { engine, _clock: Arc::new(Clock(ended)) })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A component made ready to run.
    pub(super) fn compiled(&self, bytes: &[u8]) -> Result<Component, Failed> {
        Component::from_binary(&self.engine, bytes).map_err(Failed::unfit)
    }

    /// A store with limits, without fuel and without time.
    pub(super) fn store<T>(&self, memory: usize, make: impl FnOnce(StoreLimits) -> T) -> Store<T>
    where
        T: Limited + 'static,
    {
        let limits = StoreLimitsBuilder::new()
            .memory_size(memory)
            .table_elements(ENTRIES)
            .instances(2 * PARTS)
            .memories(PARTS)
            .tables(PARTS)
            .build();
        let mut store = Store::new(&self.engine, make(limits));
        store.limiter(|of| of.limits());
        store
    }
}

/// What is in a store has the limits of that store.
pub(super) trait Limited {
    fn limits(&mut self) -> &mut StoreLimits;
}

impl Limited for StoreLimits {
    fn limits(&mut self) -> &mut StoreLimits {
        self
    }
}

/// Gives a store fuel, and the time that is left.
pub(super) fn fuelled<T>(store: &mut Store<T>, fuel: u64, until: Instant) -> Result<(), Failed> {
    let left = until.saturating_duration_since(now());
    if left.is_zero() {
        return Err(Failed::Time);
    }
    let ticks = left.as_millis() / TICK.as_millis() + 1;
    store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX / 2));
    store.set_fuel(fuel).map_err(Failed::machine)
}

#[allow(clippy::disallowed_methods, reason = "a limit of time is kept, and nothing is dated by it")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Whether a program was ended since its time was over.
pub(super) fn over(error: &wasmtime::Error) -> bool {
    error.downcast_ref::<Trap>() == Some(&Trap::Interrupt)
}
