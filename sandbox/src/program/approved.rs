//! Programs of a room: put down under a policy, approved by somebody else, and only then run.
//!
//! ```text
//! programs/POLICY/NAME/program.wasm     the component
//!                      manifest.toml    what it is, reads and gives
//!                      added.json       who put it down
//!                      approval.json    who approved it, of what, signed with that approver's key
//! ```
//!
//! # Security
//! What is approved is the component, the manifest and the policy, each by its digest, under a name: change a byte of any, and
//! there is no approval. It is signed by an approver of the room who is of the holder's side ([`crate::approval`]), so that
//! whoever can write files in the room, and has its key, approves nothing. Whose key it is says who approves, not what name is
//! typed. Nobody approves what he put down himself, nor anybody who may use it; an approver who was removed, no more. Which programs there are that are not approved, whoever asks
//! is not told: they are as if they were not there.

use super::manifest::Manifest;
use super::{MOST_BYTES, Makeup};
use crate::approval::{Approver, Signer};
use crate::dataset::{Dataset, plain_name};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::{Deed, Room, own_alone};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::Signature;

/// What a signature is for.
const DOMAIN: &str = "yinshu program v1";

/// What may be run under which policy, and who said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The program's name.
    pub name: String,
    /// The digest of the component.
    pub component: String,
    /// The digest of the manifest.
    pub manifest: String,
    /// The policy.
    pub policy: String,
    /// The digest of the policy.
    pub terms: String,
    /// Who put it down.
    pub added: String,
    /// Who approved it.
    pub approver: String,
    /// When.
    pub time: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    approval: Approval,
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    user: String,
}

/// A program as it lies in the room.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its component.
    pub component: Vec<u8>,
    /// What is, or would be, approved: the approver blank where nobody did.
    pub approval: Approval,
}

impl Program {
    /// What its component is made of.
    ///
    /// # Errors
    /// [`SandboxError::Unfit`].
    pub fn makeup(&self) -> Result<Makeup, SandboxError> {
        makeup(&self.component, &self.manifest)
    }

    /// Whether somebody approved it as it is.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        !self.approval.approver.is_empty()
    }
}

fn makeup(component: &[u8], manifest: &Manifest) -> Result<Makeup, SandboxError> {
    Makeup::of(component, manifest.program.kind)
        .map_err(|failed| SandboxError::Unfit { reason: failed.to_string() })
}

/// Digits of a digest that tell it from others: nobody makes two components of which the first 24 are the same.
const LEAST_OF_A_DIGEST: usize = 24;

fn digest(bytes: impl AsRef<[u8]>) -> String {
    Digest::sha256(bytes.as_ref()).to_string()
}

fn place(room: &Room, policy: &str, name: &str) -> Result<PathBuf, SandboxError> {
    plain_name("policy", policy)?;
    plain_name("program", name)?;
    Ok(room.root().join("programs").join(policy).join(name))
}

fn message(approval: &Approval) -> Digest {
    Digest::sha256(&serde_json::to_vec(approval).expect("texts can be written"))
}

/// Puts a program down under a policy. One of the same name is replaced, and has to be approved anew.
///
/// # Errors
/// [`SandboxError`]: it is no program, reads what is not granted, or the folder cannot be written.
pub fn add(
    room: &Room,
    user: &str,
    (policy, dataset): (&Policy, &Dataset),
    component: &[u8],
    manifest: &str,
) -> Result<(Manifest, Makeup), SandboxError> {
    let read = Manifest::parse(manifest)?;
    read.reads(policy, dataset)?;
    let makeup = makeup(component, &read)?;
    let of_holder = room.approvers()?.one(user).is_ok_and(Approver::is_of_holder);
    if !policy.policy.users.contains(user) && !of_holder {
        return Err(SandboxError::NotUser { user: user.to_owned(), policy: policy.policy.name.clone() });
    }
    let (name, under) = (&read.program.name, &policy.policy.name);
    let folder = place(room, under, name)?;
    let files = SandboxError::files(&folder);
    let added = serde_json::to_vec(&Added { user: user.to_owned() }).expect("a name can be written");
    let deed = Deed::new(user, under, "sandbox.program.add", "ok");
    room.record(
        deed.with(json!({ "program": name, "component": digest(component), "manifest": digest(manifest) })),
    )?;
    fs::create_dir_all(&folder).map_err(&files)?;
    own_alone(&room.root().join("programs"))?;
    let _ = fs::remove_file(folder.join("approval.json"));
    for (file, bytes) in
        [("program.wasm", component), ("manifest.toml", manifest.as_bytes()), ("added.json", &added)]
    {
        fs::write(folder.join(file), bytes).map_err(&files)?;
    }
    Ok((read, makeup))
}

/// A program under a policy, approved or not.
///
/// # Errors
/// [`SandboxError::NoProgram`]: there is none.
pub fn of(room: &Room, policy: &str, name: &str) -> Result<Program, SandboxError> {
    let none = || SandboxError::NoProgram { program: name.to_owned() };
    let folder = place(room, policy, name).map_err(|_| none())?;
    let read = |file: &str| {
        let path = folder.join(file);
        match fs::metadata(&path) {
            Ok(about) if about.len() <= MOST_BYTES as u64 => fs::read(&path).map_err(|_| none()),
            _ => Err(none()),
        }
    };
    let (component, manifest, added) = (read("program.wasm")?, read("manifest.toml")?, read("added.json")?);
    let added: Added = serde_json::from_slice(&added).map_err(|_| none())?;
    let text = String::from_utf8(manifest).map_err(|_| none())?;
    let found = Approval {
        name: name.to_owned(),
        component: digest(&component),
        manifest: digest(&text),
        policy: policy.to_owned(),
        terms: room.paper(policy)?.digest.to_string(),
        added: added.user,
        approver: String::new(),
        time: Timestamp::UNIX_EPOCH,
    };
    let signed = read("approval.json").ok().and_then(|bytes| serde_json::from_slice::<Signed>(&bytes).ok());
    let approval = match signed {
        Some(Signed { approval, signature }) => {
            let same = Approval { approver: String::new(), time: Timestamp::UNIX_EPOCH, ..approval.clone() }
                == found;
            let approvers = room.approvers()?;
            let by = approvers.one(&approval.approver).ok().filter(|by| by.is_of_holder());
            let fits = |by: &Approver| by.key.verify(DOMAIN, &message(&approval).0, &signature).is_ok();
            if same && by.is_some_and(fits) { approval } else { found }
        }
        None => found,
    };
    let manifest = Manifest::parse(&text)?;
    if manifest.program.name != name {
        return Err(none());
    }
    Ok(Program { manifest, component, approval })
}

/// A program that may be run.
///
/// # Errors
/// [`SandboxError::NoProgram`]: there is none, or nobody approved it as it is.
pub fn approved(room: &Room, policy: &str, name: &str) -> Result<Program, SandboxError> {
    let found = of(room, policy, name)?;
    match found.is_approved() {
        true => Ok(found),
        false => Err(SandboxError::NoProgram { program: name.to_owned() }),
    }
}

/// Approves the program of which the component has this digest, or one that begins so: recorded first, then signed. Whoever put
/// it down may put another in its place at any moment, and what was not looked at is not approved.
///
/// # Errors
/// [`SandboxError::OtherComponent`]: it is another now.
/// [`SandboxError::OwnProgram`]: whoever put it down or may use it does not approve it; [`SandboxError::NoProgram`];
/// [`SandboxError::NotApprover`]: whoever signs for a purpose does not.
pub fn approve(
    room: &Room,
    signer: &Signer,
    policy: &Policy,
    (name, component): (&str, &str),
) -> Result<Approval, SandboxError> {
    let (under, user) = (&policy.policy.name, &*signer.approver().name);
    if !signer.approver().is_of_holder() {
        return Err(SandboxError::not_approver(user));
    }
    let found = of(room, under, name)?;
    found.makeup()?;
    let own = found.approval.added == user || policy.policy.users.contains(user);
    let same = component.len() >= LEAST_OF_A_DIGEST && found.approval.component.starts_with(component);
    let refused = match (own, same) {
        (true, _) => Some(SandboxError::OwnProgram { user: user.to_owned() }),
        (false, false) => Some(SandboxError::OtherComponent { program: name.to_owned() }),
        (false, true) => None,
    };
    let mut particulars = json!({ "program": name, "component": found.approval.component,
        "manifest": found.approval.manifest, "policy": found.approval.terms, "added": found.approval.added });
    if let Some(error) = refused {
        particulars["code"] = error.code().into();
        room.record(Deed::new(user, under, "sandbox.program.approve", "refused").with(particulars))?;
        return Err(error);
    }
    room.record(Deed::new(user, under, "sandbox.program.approve", "ok").with(particulars))?;
    let approval = Approval { approver: user.to_owned(), time: room.now(), ..found.approval };
    let signature = signer.sign(DOMAIN, &message(&approval));
    let signed = Signed { approval: approval.clone(), signature };
    let text = serde_json::to_vec_pretty(&signed).expect("texts can be written");
    let path = place(room, under, name)?.join("approval.json");
    fs::write(&path, text).map_err(SandboxError::files(&path))?;
    Ok(approval)
}

/// The programs under a policy, by name.
///
/// # Errors
/// [`SandboxError::Files`].
pub fn all(room: &Room, policy: &str) -> Result<Vec<Program>, SandboxError> {
    plain_name("policy", policy)?;
    let folder = room.root().join("programs").join(policy);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SandboxError::files(&folder)(error)),
    };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names.iter().filter_map(|name| of(room, policy, name).ok()).collect())
}
