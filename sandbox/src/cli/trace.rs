//! Whose copy a file is.

use super::Cli;
use crate::airlock::scan::plain;
use crate::airlock::trace::trace;
use crate::error::SandboxError;
use crate::room::Room;
use std::path::Path;
use yinshu_beside::Texts;

/// Runs `trace`.
pub(super) fn run(room: &Room, cli: &Cli, texts: &Texts, file: &Path) -> Result<String, SandboxError> {
    let traced = trace(room, cli.user()?, file)?;
    if cli.json {
        return serde_json::to_string(&traced).map_err(|error| SandboxError::engine(&error));
    }
    let mut lines = Vec::new();
    for (id, user) in &traced.says {
        lines.push(texts.own("trace-says", &[("id", id.clone().into()), ("user", plain(user).into())]));
    }
    for found in &traced.found {
        let named = [
            ("user", plain(&found.recipient).into()),
            ("policy", found.policy.clone().into()),
            ("ids", found.ids.join(", ").into()),
            ("figures", found.figures.into()),
            ("bits", found.bits.floor().to_string().into()),
        ];
        lines.push(texts.own("trace-found", &named));
    }
    if traced.found.is_empty() {
        let named = [
            ("tried", traced.tried.into()),
            ("figures", traced.figures.into()),
            ("bits", traced.most.max(0.0).floor().to_string().into()),
        ];
        lines.push(texts.own("trace-untold", &named));
    }
    Ok(lines.join("\n"))
}
