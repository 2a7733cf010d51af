//! `yinshu peer`: the parties this node knows.

use super::{Done, Ui};
use crate::card::Card;
use crate::config::ConfigError;
use crate::node::{Actor, Deed, Node};
use crate::problem::Problem;
use serde_json::json;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use yinshu_audit::Stage;
use yinshu_net::tls::Fingerprint;

/// `yinshu peer …`.
#[derive(Debug, clap::Args)]
pub struct PeerArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PeerCommand,
}

/// What to do with peers.
#[derive(Debug, clap::Subcommand)]
pub enum PeerCommand {
    /// Adds the party whose card this is.
    Add(AddArgs),
    /// Lists them.
    List,
}

/// Options of `yinshu peer add`.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// Its `card.toml`.
    #[arg(value_name = "CARD")]
    pub card: PathBuf,
    /// Where to dial it, if not at the address of its card.
    #[arg(long, value_name = "HOST:PORT")]
    pub address: Option<String>,
}

/// Does what was asked with peers.
pub fn run(args: &PeerArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        PeerCommand::Add(args) => add(args, ui),
        PeerCommand::List => list(ui),
    }
}

fn add(args: &AddArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let card = Card::read(&args.card)?;
    let name = card.name.to_string();
    if node.config.peers.iter().any(|p| p.name == card.name) || card.name == node.config.node.name {
        return Err(ConfigError::NameTwice { name }.into());
    }
    let certificate = Fingerprint::of_pem(&card.certificate)?;
    let relative = format!("keys/peers/{name}.pem");
    let pem = node.folder.0.join(&relative);
    fs::create_dir_all(node.folder.0.join("keys/peers")).map_err(|e| Problem::writing(&pem, &e))?;
    fs::write(&pem, &card.certificate).map_err(|e| Problem::writing(&pem, &e))?;

    let address = args.address.as_ref().or(card.address.as_ref());
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut block = format!("\n[[peer]]\nname = {}\ntitle = {}\n", quoted(&name), quoted(&card.title));
    if let Some(address) = address {
        block.push_str(&format!("address = {}\n", quoted(address)));
    }
    block.push_str(&format!(
        "certificate = {}\nadmin_key = \"{}\"\nnode_key = \"{}\"\n",
        quoted(&relative),
        card.admin_key,
        card.node_key
    ));
    append(&node, &block)?;
    node.record(Deed {
        action: "peer.add",
        object: &name,
        content: json!({ "card": card.fingerprint(), "certificate": certificate.to_string() }),
        result: "ok".into(),
        stage: Stage::Exchange,
        by: Actor::Administrator,
    })?;
    ui.say("ui-peer-added", &[("name", name.into()), ("fingerprint", card.fingerprint().into())]);
    Ok(Done::with(json!({ "peer": card.name, "fingerprint": card.fingerprint() })))
}

/// Adds a block at the end of `yinshu.toml`, keeping every comment in it; written beside and renamed,
/// and only if the whole still reads as a configuration.
fn append(node: &Node, block: &str) -> Result<(), Problem> {
    let path = node.folder.config();
    let mut text = fs::read_to_string(&path).map_err(|e| Problem::reading(&path, &e))?;
    text.push_str(block);
    let config: crate::config::Config = crate::config::parse_toml(&text, &path.display().to_string())?;
    config.check()?;
    let failed = |e: std::io::Error| Problem::writing(&path, &e);
    let mut file = tempfile::NamedTempFile::new_in(&node.folder.0).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(&path).map_err(|e| failed(e.error))?;
    Ok(())
}

fn list(ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    for peer in &node.config.peers {
        let address = peer.address.as_deref().unwrap_or("—");
        ui.print(&format!("{}  {}  {address}", peer.name, peer.title));
    }
    Ok(Done::with(json!({ "peers": node.config.peers })))
}
