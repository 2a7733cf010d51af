//! `yinshu contract`: writes, signs and shows contracts.

use super::{Done, Ui};
use crate::card::Card;
use crate::config::{Peer, read_key};
use crate::contract::{Blanks, ContractError, Draft, Party, Role, Template, day_of};
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::{CliError, Problem};
use crate::run::reports_key;
use jiff::civil::Date;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use yinshu_audit::Stage;
use yinshu_net::PartyId;
use yinshu_reports::SealKey;

/// `yinshu contract …`.
#[derive(Debug, clap::Args)]
pub struct ContractArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ContractCommand,
}

/// What to do with a contract.
#[derive(Debug, clap::Subcommand)]
pub enum ContractCommand {
    /// Writes a new one from a template.
    New(NewArgs),
    /// Signs one as this node's administrator.
    Sign(SignArgs),
    /// Shows one and who has signed it.
    Show(ShowArgs),
}

/// Options of `yinshu contract new`.
#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// The template.
    #[arg(long, value_enum)]
    pub from: Template,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The parties' own number for it.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Its title.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The other party, as named in `yinshu.toml`; several for a contract of several.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub peer: Vec<PartyId>,
    /// What this node is in it.
    #[arg(long, value_enum, default_value = "provider")]
    pub role: Role,
    /// The provider's catalogue code of the data.
    #[arg(long, value_name = "CODE")]
    pub catalogue: String,
    /// Accept identity numbers of the division 99, which no real person has.
    #[arg(long)]
    pub test_region: bool,
    /// With the template reports: the other party's key for reports.
    #[arg(long, value_name = "KEY")]
    pub reports_key: Option<String>,
    /// The last day on which it may run.
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
}

/// Options of `yinshu contract sign`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The contract.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The administrator's key, where it is not in the node's folder.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}

/// Options of `yinshu contract show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The contract.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Does what was asked with a contract.
pub fn run(args: &ContractArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        ContractCommand::New(args) => new(args, ui),
        ContractCommand::Sign(args) => sign(args, ui),
        ContractCommand::Show(args) => show(args, ui),
    }
}

fn new(args: &NewArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    if args.out.exists() {
        return Err(CliError::Exists { path: args.out.display().to_string() }.into());
    }
    let named = args.peer.iter().map(|name| node.config.peer(name)).collect::<Result<Vec<_>, _>>()?;
    let (peer, rest) = match (named.as_slice(), node.config.peers.as_slice()) {
        ([first, rest @ ..], _) if args.from.fits(rest.len() + 2) => (*first, rest),
        ([], [only]) if args.from.of_two() => (only, [].as_slice()),
        _ => {
            let expected = match args.from {
                Template::Several => "--peer NAME,NAME[,NAME[,NAME]]",
                Template::Stats | Template::Query => "--peer NAME,NAME",
                Template::Origin | Template::Psi | Template::Reports => "--peer NAME",
            };
            let given = args.peer.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            return Err(
                CliError::BadValue { option: "--peer".into(), given, expected: expected.into() }.into()
            );
        }
    };
    let me = Card::read(&node.folder.card())?;
    let ours = |role| Party::new(me.name.clone(), me.title.clone(), role, me.admin_key);
    let party = |peer: &Peer, role| Party::new(peer.name.clone(), peer.title.clone(), role, peer.admin_key);
    let theirs = |role| party(peer, role);
    let more: Vec<Party> = rest.iter().map(|peer| party(peer, Role::Provider)).collect();
    let (provider, recipient) = match args.role {
        Role::Provider => (ours(Role::Provider), theirs(Role::Recipient)),
        Role::Recipient => (theirs(Role::Provider), ours(Role::Recipient)),
    };
    let today = day_of(now());
    let in_a_year = today.saturating_add(jiff::Span::new().years(1));
    let generated = format!("{}-{}", recipient.name, today.strftime("%Y%m%d"));
    let text = Blanks {
        id: args.id.as_deref().unwrap_or(&generated),
        title: args.title.as_deref(),
        provider: &provider,
        recipient: &recipient,
        more: &more,
        catalogue: &args.catalogue,
        valid_from: today,
        valid_until: args.until.unwrap_or(in_a_year),
        test_region: args.test_region,
        report_keys: report_keys(&node, args)?,
    }
    .fill(args.from);
    // What was written must be what we read: a template that does not parse is our defect.
    let draft = Draft::parse(&text, &args.out.display().to_string())?;
    write_new(&args.out, &text)?;
    ui.say("ui-contract-written", &[("path", args.out.display().to_string().into())]);
    Ok(Done::with(json!({ "path": args.out, "digest": draft.digest })))
}

/// The recipient's key for reports and the provider's, where the template takes them, and only there.
fn report_keys(node: &Node, args: &NewArgs) -> Result<Option<[SealKey; 2]>, Problem> {
    let wrong = |expected: &str| {
        let (option, given) = ("--reports-key".to_owned(), args.reports_key.clone().unwrap_or_default());
        Err(CliError::BadValue { option, given, expected: expected.to_owned() }.into())
    };
    match (args.from, &args.reports_key) {
        (Template::Reports, Some(key)) => {
            let Ok(theirs) = key.parse::<SealKey>() else { return wrong("x25519:…") };
            let ours = reports_key(node)?.public();
            Ok(Some(match args.role {
                Role::Recipient => [ours, theirs],
                Role::Provider => [theirs, ours],
            }))
        }
        (Template::Reports, None) => wrong("x25519:…"),
        (_, Some(_)) => wrong("--from reports"),
        (_, None) => Ok(None),
    }
}

/// Writes a file that must not be there, beside and renamed.
fn write_new(path: &Path, text: &str) -> Result<(), Problem> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist_noclobber(path).map_err(|e| failed(e.error))?;
    Ok(())
}

fn sign(args: &SignArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let key = read_key(&args.key.clone().unwrap_or_else(|| node.folder.admin_key()))?;
    let mut draft = Draft::read(&args.file)?;
    let by = node.config.people.administrator.clone();
    let signed = draft.sign(&args.file, &node.config.node.name, &by, &key, now());
    let contract = draft.terms.contract.id.clone();
    node.record(Deed {
        action: "contract.sign",
        object: &contract,
        content: json!({ "digest": draft.digest }),
        result: outcome(signed.as_ref().err().map(ContractError::code)),
        stage: Stage::Exchange,
        by: Actor::Administrator,
    })?;
    signed?;
    let missing = unsigned(&draft);
    ui.say("ui-contract-signed", &[("contract", contract.into()), ("by", by.into())]);
    match missing.as_slice() {
        [] => ui.say("ui-contract-complete", &[]),
        names => ui.say("ui-contract-missing", &[("parties", names.join(", ").into())]),
    }
    Ok(Done::with(json!({ "digest": draft.digest, "unsigned": missing })))
}

fn unsigned(draft: &Draft) -> Vec<String> {
    let parties = draft.terms.parties.iter();
    parties.filter(|p| draft.check_signature(&p.name).is_err()).map(|p| p.name.to_string()).collect()
}

fn show(args: &ShowArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let draft = Draft::read(&args.file)?;
    let terms = &draft.terms;
    let row = |ui: &mut Ui, id: &str, value: String| {
        let label = ui.texts().say(id, &[]);
        ui.print(&format!("{label}  {value}"));
    };
    row(ui, "ui-show-contract", format!("{}  {}", terms.contract.id, terms.contract.title));
    row(ui, "ui-show-digest", draft.digest.to_string());
    row(ui, "ui-show-scenario", terms.contract.scenario.word().to_owned());
    row(ui, "ui-show-valid", format!("{} … {}", terms.contract.valid_from, terms.contract.valid_until));
    for (place, text) in terms.elements.all() {
        row(ui, &format!("ui-show-{}", place.replace('.', "-")), text.to_owned());
    }
    row(ui, "ui-show-catalogue", terms.data.catalogue.clone());
    row(ui, "ui-show-purpose", terms.data.purpose.clone());
    row(ui, "ui-show-group", terms.data.min_group_size.to_string());
    let columns: Vec<&str> = terms.data.table.columns.iter().map(|c| c.name.as_str()).collect();
    row(ui, "ui-show-columns", columns.join(", "));
    for party in &terms.parties {
        let verdict = match draft.check_signature(&party.name) {
            Ok(signed) => ui.texts().say(
                "ui-show-signed-by",
                &[("by", signed.by.clone().into()), ("at", signed.at.to_string().into())],
            ),
            Err(why) => Problem::from(why).what(ui.texts()),
        };
        row(ui, "ui-show-party", format!("{} {}: {verdict}", party.name, party.title));
    }
    let json = json!({ "digest": draft.digest, "terms": terms, "unsigned": unsigned(&draft) });
    Ok(Done::with(json))
}
