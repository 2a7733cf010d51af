//! How often a returned field says what the county's own table, or the source, says.

use serde::{Deserialize, Serialize};

/// Agreement of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRate {
    /// Column of the returned table.
    pub column: String,
    /// People whose two values were compared.
    pub compared: u64,
    /// People whose values are the same.
    pub same: u64,
    /// Shared people who lack a value on either side: not compared.
    pub lacking: u64,
}

impl FieldRate {
    /// The share of the compared that are the same; none if nothing was compared.
    pub fn rate(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.same as f64 / self.compared as f64)
    }
}

/// Compares one pair of values. Returns whether they differ.
pub(crate) fn compare(rate: &mut FieldRate, returned: Option<&str>, local: Option<&str>) -> bool {
    let (Some(returned), Some(local)) = (returned, local) else {
        rate.lacking += 1;
        return false;
    };
    rate.compared += 1;
    rate.same += u64::from(returned == local);
    returned != local
}
