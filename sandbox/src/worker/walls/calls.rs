//! seccomp: which system calls there are.

use super::Yard;
use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// Calls that are what they are, whatever their arguments.
const PLAIN: &[c_long] = &[
    // Files that Landlock allows, and the pipes.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_getdents64,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fchmod,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    // Memory.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    // Threads, and waiting for them.
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    // Signals to itself, of which an abort is one.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // Time, and random numbers for tables in memory.
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
];

/// The older forms of some of them.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_unlink,
    libc::SYS_rmdir,
    libc::SYS_readlink,
    libc::SYS_poll,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Calls upon a handle, which is their first argument.
const UPON: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_openat,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_getdents64,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fchmod,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_readlinkat,
    libc::SYS_fcntl,
];

/// Handles of others in one filter at most: a filter has 4,096 steps.
const AT_ONCE: usize = 24;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;
type Made<T> = Result<T, seccompiler::BackendError>;

/// Shuts every other call out.
pub(super) fn shut(yard: &Yard<'_>, strangers: &[u32]) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| format!("seccomp: {error}");
    let mut filters = vec![
        (allowed(yard).map_err(|error| told(&error))?, SeccompAction::KillProcess, SeccompAction::Allow),
        // What it asks for stands behind a pointer; the C library asks in the older way then.
        (
            [(libc::SYS_clone3, Vec::new())].into(),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENOSYS.cast_unsigned()),
        ),
    ];
    for strangers in strangers.chunks(AT_ONCE) {
        let upon = upon(strangers).map_err(|error| told(&error))?;
        filters.push((upon, SeccompAction::Allow, SeccompAction::KillProcess));
    }
    let machine = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| told(&error))?;
    let filters = filters
        .into_iter()
        .map(|(rules, other, listed)| SeccompFilter::new(rules, other, listed, machine)?.try_into());
    let filters: Vec<BpfProgram> = filters.collect::<Made<_>>().map_err(|error| told(&error))?;
    // A filter is put up by a call that the first of them does not allow.
    for filter in filters.iter().rev() {
        seccompiler::apply_filter(filter).map_err(|error| told(&error))?;
    }
    Ok(())
}

fn is(argument: u8, length: Length, op: Op, value: u64) -> Made<SeccompRule> {
    SeccompRule::new(vec![SeccompCondition::new(argument, length, op, value)?])
}

fn allowed(yard: &Yard<'_>) -> Made<Rules> {
    let mut rules: Rules = PLAIN.iter().chain(OLDER).map(|call| (*call, Vec::new())).collect();
    let bits = |bits: i32| u64::from(bits.cast_unsigned());
    // Nothing that is mapped is shared, and nothing runs that was written.
    let mut mapped = vec![SeccompCondition::new(3, Length::Dword, Op::MaskedEq(bits(libc::MAP_SHARED)), 0)?];
    if yard.compiles {
        rules.insert(libc::SYS_mprotect, Vec::new());
    } else {
        let runs = Op::MaskedEq(bits(libc::PROT_EXEC));
        mapped.push(SeccompCondition::new(2, Length::Dword, runs.clone(), 0)?);
        rules.insert(libc::SYS_mprotect, vec![is(2, Length::Dword, runs, 0)?]);
    }
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(mapped)?]);
    // A thread shares everything with the process: what does not is a process.
    let thread = bits(libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND);
    rules.insert(libc::SYS_clone, vec![is(0, Length::Dword, Op::MaskedEq(thread), thread)?]);
    rules.insert(libc::SYS_clone3, Vec::new());
    // Signals go to itself, names to its threads; limits are looked at.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![is(0, Length::Dword, Op::Eq, own)?]);
    rules.insert(libc::SYS_prctl, vec![is(0, Length::Dword, Op::Eq, bits(libc::PR_SET_NAME))?]);
    rules.insert(libc::SYS_prlimit64, vec![is(2, Length::Qword, Op::Eq, 0)?]);
    let flags = [libc::F_GETFD, libc::F_GETFL, libc::F_SETFD, libc::F_DUPFD_CLOEXEC];
    let flags = flags.map(|flag| is(1, Length::Dword, Op::Eq, bits(flag)));
    rules.insert(libc::SYS_fcntl, flags.into_iter().collect::<Made<_>>()?);
    Ok(rules)
}

/// Calls upon handles of others.
fn upon(strangers: &[u32]) -> Made<Rules> {
    let calls = UPON.iter().map(|call| (*call, 0)).chain([(libc::SYS_mmap, 4)]);
    let rules = calls.map(|(call, argument)| {
        let each = strangers.iter().map(|handle| is(argument, Length::Dword, Op::Eq, (*handle).into()));
        Ok((call, each.collect::<Made<_>>()?))
    });
    rules.collect()
}

/// Handles beside the three that a worker is given.
pub(super) fn strangers() -> Result<Vec<u32>, String> {
    let told = |error: std::io::Error| format!("/proc/self/fd: {error}");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").map_err(told)? {
        let name = entry.map_err(told)?.file_name();
        found.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    // The handle of the listing itself is closed by now.
    found.retain(|handle| *handle > 2 && std::fs::read_link(format!("/proc/self/fd/{handle}")).is_ok());
    Ok(found)
}
