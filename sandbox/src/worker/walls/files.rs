//! Landlock: which files there are.

use super::Yard;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use std::path::Path;

/// What is handled where the kernel knows it.
const KNOWN: ABI = ABI::V7;

/// What may be done in the worker's own folder: files and folders, and nothing that runs or leads elsewhere.
fn own() -> BitFlags<AccessFs> {
    AccessFs::ReadFile
        | AccessFs::WriteFile
        | AccessFs::ReadDir
        | AccessFs::RemoveDir
        | AccessFs::RemoveFile
        | AccessFs::MakeDir
        | AccessFs::MakeReg
        | AccessFs::Truncate
}

/// What a program of the system needs to run and to find other machines by name.
const SYSTEM: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/host.conf",
];

/// Shuts every file out but those that `program` needs to run, and those in `folder`; it can connect and not listen.
pub(super) fn enclose(folder: &Path, program: &Path) -> Result<(), String> {
    let told = |error: RulesetError| format!("Landlock: {error}");
    let open = |path: &Path| PathFd::new(path).map_err(|error| format!("{}: {error}", path.display()));
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))
        .and_then(|rules| rules.handle_access(AccessNet::BindTcp))
        .and_then(|rules| rules.scope(Scope::from_all(KNOWN)));
    let mut rules = rules.and_then(Ruleset::create).map_err(told)?;
    rules = rules.add_rule(PathBeneath::new(open(folder)?, own())).map_err(told)?;
    rules = rules
        .add_rule(PathBeneath::new(open(program)?, AccessFs::ReadFile | AccessFs::Execute))
        .map_err(told)?;
    for path in SYSTEM.iter().map(Path::new) {
        let Ok(there) = PathFd::new(path) else { continue };
        let file = AccessFs::ReadFile | AccessFs::Execute;
        let rights = if path.is_dir() { file | AccessFs::ReadDir } else { file };
        rules = rules.add_rule(PathBeneath::new(there, rights)).map_err(told)?;
    }
    match rules.restrict_self().map_err(told)?.ruleset {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock".to_owned()),
        _ => Ok(()),
    }
}

/// Shuts every other file out.
pub(super) fn shut(yard: &Yard<'_>) -> Result<(), String> {
    match ruled(yard) {
        Ok(RulesetStatus::NotEnforced) => Err("this kernel has no Landlock".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

fn ruled(yard: &Yard<'_>) -> Result<RulesetStatus, String> {
    let told = |error: RulesetError| format!("Landlock: {error}");
    let open = |path: &Path| PathFd::new(path).map_err(|error| format!("{}: {error}", path.display()));
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(KNOWN)))
        .and_then(|rules| rules.scope(Scope::from_all(KNOWN)));
    let mut rules = rules.and_then(Ruleset::create).map_err(told)?;
    rules = rules.add_rule(PathBeneath::new(open(yard.folder)?, own())).map_err(told)?;
    for file in yard.files {
        rules = rules.add_rule(PathBeneath::new(open(file)?, AccessFs::ReadFile)).map_err(told)?;
    }
    Ok(rules.restrict_self().map_err(told)?.ruleset)
}
