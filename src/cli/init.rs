//! `yinshu init`: makes a node's folder.
//!
//! Everything is made in a folder beside and renamed into place, so that a node is whole or absent.

use super::{Done, Ui};
use crate::card::Card;
use crate::config::Folder;
use crate::lang::Lang;
use crate::problem::{CliError, Problem};
use jiff::{SignedDuration, Timestamp};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use yinshu_crypto::sign::SigningKey;
use yinshu_net::PartyId;
use yinshu_net::tls::Identity;

/// How long a node's TLS certificate is good for.
const CERTIFICATE_DAYS: i64 = 5 * 365;

/// Options of `yinshu init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// The party name.
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What people call the party.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The address at which peers reach it, where that is another.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub address: Option<String>,
    /// Who administrates.
    #[arg(long, value_name = "PERSON")]
    pub administrator: Option<String>,
    /// Who audits.
    #[arg(long, value_name = "PERSON")]
    pub auditor: Option<String>,
    /// Who operates.
    #[arg(long, value_name = "PERSON")]
    pub operator: Option<String>,
}

/// Who holds which role.
struct People {
    administrator: String,
    auditor: String,
    operator: String,
}

/// Makes the folder and shows the public card.
pub fn run(args: &InitArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let name: PartyId = args.name.parse().map_err(|_| CliError::BadPartyName { name: args.name.clone() })?;
    let people = people(args, ui)?;
    let folder = Folder(ui.dir().to_owned());
    refuse_to_overwrite(&folder)?;
    #[expect(clippy::disallowed_methods, reason = "the command line is where time and randomness come in")]
    let now = Timestamp::now();
    let card = make(&folder, &name, args, &people, now, ui.texts().lang())?;
    tell(&folder, &card, ui);
    Ok(Done::with(json!({
        "dir": folder.0, "config": folder.config(), "card": card, "card_file": folder.card(),
        "fingerprint": card.fingerprint(),
    })))
}

fn people(args: &InitArgs, ui: &Ui) -> Result<People, Problem> {
    let role = |given: &Option<String>, id: &str| given.clone().unwrap_or_else(|| ui.texts().say(id, &[]));
    let roles = ["ui-init-administrator", "ui-init-auditor", "ui-init-operator"];
    let who =
        [role(&args.administrator, roles[0]), role(&args.auditor, roles[1]), role(&args.operator, roles[2])];
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        if who[i].trim() == who[j].trim() {
            let (first, second) = (ui.texts().say(roles[i], &[]), ui.texts().say(roles[j], &[]));
            return Err(CliError::OnePersonTwoRoles { first, second }.into());
        }
    }
    let [administrator, auditor, operator] = who;
    Ok(People { administrator, auditor, operator })
}

/// A node, or any part of one, in the folder stays as it is.
fn refuse_to_overwrite(folder: &Folder) -> Result<(), Problem> {
    let parts =
        [folder.config(), folder.0.join("keys"), folder.card(), folder.0.join("audit"), folder.contracts()];
    match parts.into_iter().find(|path| path.exists()) {
        Some(path) => Err(CliError::Exists { path: path.display().to_string() }.into()),
        None => Ok(()),
    }
}

fn make(
    folder: &Folder,
    name: &PartyId,
    args: &InitArgs,
    people: &People,
    now: Timestamp,
    lang: Lang,
) -> Result<Card, Problem> {
    let mut rng = UnwrapErr(SysRng);
    let (node, admin) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
    let a_day_ago = now - SignedDuration::from_hours(24);
    let until = now + SignedDuration::from_hours(24 * CERTIFICATE_DAYS);
    let identity = Identity::generate(name, a_day_ago, until, &mut rng)?;
    let card = Card {
        name: name.clone(),
        title: args.title.clone().unwrap_or_else(|| name.to_string()),
        address: args.address.clone().or_else(|| args.listen.clone()),
        admin_key: admin.public(),
        node_key: node.public(),
        certificate: identity.certificate_pem(),
    };
    let card_text =
        toml::to_string(&card).map_err(|e| Problem::internal(format!("the card is not written: {e}")))?;
    let folder_failed = |e: std::io::Error| Problem::writing(&folder.0, &e);
    fs::create_dir_all(&folder.0).map_err(folder_failed)?;
    let aside = tempfile::Builder::new().prefix(".init-").tempdir_in(&folder.0).map_err(folder_failed)?;
    let beside = Folder(aside.path().to_owned());
    for part in PARTS {
        let path = beside.0.join(part);
        fs::create_dir(&path).map_err(|e| Problem::writing(&path, &e))?;
    }
    keep_private(&beside.0.join("keys"))?;
    write(&beside.node_key(), node.to_text().as_bytes(), true)?;
    write(&beside.admin_key(), admin.to_text().as_bytes(), true)?;
    write(&beside.tls_key(), identity.key_pem().as_bytes(), true)?;
    write(&beside.certificate(), card.certificate.as_bytes(), false)?;
    write(&beside.card(), card_text.as_bytes(), false)?;
    write(&beside.config(), config_text(&card, args, people, lang).as_bytes(), false)?;
    // The configuration goes last: only with it is the folder a node.
    let moved = PARTS.iter().map(PathBuf::from).chain(["card.toml", crate::config::FILE].map(PathBuf::from));
    for part in moved {
        let to = folder.0.join(&part);
        fs::rename(beside.0.join(&part), &to).map_err(|e| Problem::writing(&to, &e))?;
    }
    Ok(card)
}

/// The folders of a node.
const PARTS: [&str; 4] = ["keys", "data", "contracts", "audit"];

fn tell(folder: &Folder, card: &Card, ui: &mut Ui) {
    let shown = |path: PathBuf| path.display().to_string();
    let dir = shown(folder.0.clone());
    ui.say("ui-init-done", &[("name", card.name.to_string().into()), ("dir", dir.clone().into())]);
    ui.say("ui-init-admin-key", &[("path", shown(folder.admin_key()).into())]);
    ui.say("ui-init-card", &[("path", shown(folder.card()).into())]);
    ui.say("ui-init-fingerprint", &[("fingerprint", card.fingerprint().into())]);
    ui.say("ui-init-next", &[("config", shown(folder.config()).into()), ("dir", dir.into())]);
}

/// `yinshu.toml` with comments in the language chosen.
fn config_text(card: &Card, args: &InitArgs, people: &People, lang: Lang) -> String {
    let template = match lang {
        Lang::Zh => include_str!("../../locales/zh/yinshu.toml"),
        Lang::En => include_str!("../../locales/en/yinshu.toml"),
    };
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let listen = match &args.listen {
        Some(address) => format!("listen = {}", quoted(address)),
        None => "# listen = \"0.0.0.0:7443\"".to_owned(),
    };
    template
        .replace("@NAME@", &quoted(card.name.as_str()))
        .replace("@TITLE@", &quoted(&card.title))
        .replace("@LISTEN@", &listen)
        .replace("@ADMINISTRATOR@", &quoted(&people.administrator))
        .replace("@AUDITOR@", &quoted(&people.auditor))
        .replace("@OPERATOR@", &quoted(&people.operator))
}

/// Writes a new file and sees it onto the disk; a secret one is its owner's alone from the start.
fn write(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Problem> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|e| Problem::writing(path, &e))
}

#[cfg(unix)]
fn keep_private(path: &Path) -> Result<(), Problem> {
    let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(path, owner_only).map_err(|e| Problem::writing(path, &e))
}

#[cfg(not(unix))]
fn keep_private(_path: &Path) -> Result<(), Problem> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_template_is_a_configuration_in_both_languages_whatever_the_names_hold() {
        let args = InitArgs {
            name: "county".into(),
            title: None,
            listen: Some("127.0.0.1:1".into()),
            address: None,
            administrator: None,
            auditor: None,
            operator: None,
        };
        let people =
            People {
                administrator: "\"甲\" # \n".into(), auditor: "乙\\".into(), operator: "'丙'".into()
            };
        let key = "yinshu-secret-ed25519:".to_owned() + &"07".repeat(32);
        let key: SigningKey = key.parse().expect("a key");
        for lang in Lang::ALL {
            let card = Card {
                name: "county".parse().expect("a name"),
                title: "县\"中心\"".into(),
                address: None,
                admin_key: key.public(),
                node_key: key.public(),
                certificate: String::new(),
            };
            let text = config_text(&card, &args, &people, lang);
            let config: Config = toml::from_str(&text).unwrap_or_else(|e| panic!("{lang:?}: {e}"));
            assert_eq!(config.people.administrator, people.administrator);
            assert_eq!(config.node.title, card.title);
            assert_eq!(config.node.listen.as_deref(), Some("127.0.0.1:1"));
        }
    }
}
