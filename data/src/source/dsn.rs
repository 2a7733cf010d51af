//! A connection string that does not show its password.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

/// A database connection string. `Debug` and `Serialize` show [`redacted`](Dsn::redacted) text; the memory is wiped
/// on drop.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Dsn(#[serde(deserialize_with = "wiped")] Zeroizing<String>);

fn wiped<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

impl Dsn {
    /// Takes a connection string as it is; it is parsed when the source is opened.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The whole string, password included.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The string with everything that may be a secret left out. For a URL that is what stands between `://` and the
    /// last `@` and after `?`; for `key=value` pairs all but `host`, `port`, `dbname` and `user`.
    #[must_use]
    pub fn redacted(&self) -> String {
        let text: &str = &self.0;
        if let Some((scheme, rest)) = text.split_once("://") {
            let rest = rest.rsplit_once('@').map_or(rest, |(_, after)| after);
            let place = rest.split(['?', '#']).next().unwrap_or_default();
            return format!("{scheme}://{place}");
        }
        let shown = ["host=", "port=", "dbname=", "user="];
        let quoted = text.contains(['\'', '\\']);
        let pairs = text.split_whitespace().filter(|pair| shown.iter().any(|key| pair.starts_with(key)));
        if quoted { "…".to_owned() } else { pairs.collect::<Vec<_>>().join(" ") }
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({})", self.redacted())
    }
}

impl Serialize for Dsn {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.redacted())
    }
}
