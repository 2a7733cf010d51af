//! Limits that the kernel keeps.

use super::Yard;
use rlimit::Resource;

/// Memory for the program itself, its stacks and what it is told, in MiB.
const BESIDE_MIB: u64 = 256;

/// Files open at once.
const FILES: u64 = 1024;

/// Sets them; none can be raised again.
pub(super) fn set(yard: &Yard<'_>) -> Result<(), String> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let memory = yard.memory_mib.saturating_add(BESIDE_MIB).saturating_mul(1 << 20);
    let limits = [
        (Resource::DATA, memory),
        (Resource::CPU, yard.seconds.saturating_add(1).saturating_mul(cores)),
        (Resource::FSIZE, yard.spill_mib.saturating_mul(1 << 20)),
        (Resource::NOFILE, FILES),
        (Resource::CORE, 0),
        (Resource::MEMLOCK, 0),
        (Resource::MSGQUEUE, 0),
    ];
    for (resource, limit) in limits {
        let set = resource.get().and_then(|(_, hard)| resource.set(limit.min(hard), limit.min(hard)));
        set.map_err(|error| format!("{}: {error}", resource.as_name()))?;
    }
    Ok(())
}
