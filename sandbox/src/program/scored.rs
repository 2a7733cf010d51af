//! A score as a question has it: what is run over the rows of one of its tables.

use super::manifest::{Each, Manifest};
use super::{Failed, Limits, Machine, Output, score::Score};
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::policy::Policy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A score over the rows of a table.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// The component.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    component: Vec<u8>,
    /// Which columns of the table it reads.
    pub(crate) reads: Vec<usize>,
    /// The number in the table of the first column that it gives; the others follow.
    pub(crate) first: usize,
    /// What its columns can be.
    outputs: Vec<Output>,
    /// Whether each row has values of its own.
    each: bool,
    limits: Limits,
    /// How long it may take in all.
    pub(crate) seconds: u64,
}

/// Of the component its digest alone.
impl std::fmt::Debug for Scored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = hex::encode(Sha256::digest(&self.component));
        f.debug_struct("Scored")
            .field("component", &digest)
            .field("reads", &self.reads)
            .field("first", &self.first)
            .field("outputs", &self.outputs)
            .field("each", &self.each)
            .finish_non_exhaustive()
    }
}

impl Scored {
    /// A score by its manifest; the number of its table, too.
    ///
    /// # Errors
    /// What it reads is not granted.
    pub fn of(
        manifest: &Manifest,
        component: Vec<u8>,
        policy: &Policy,
        dataset: &Dataset,
    ) -> Result<(usize, Self), SandboxError> {
        let (table, reads) = manifest.reads(policy, dataset)?;
        let scored = Self {
            component,
            reads,
            first: dataset.tables[table].columns.len(),
            outputs: manifest.outputs().iter().map(Output::of).collect(),
            each: manifest.program.each == Each::Row,
            limits: policy.limits.program.clone(),
            seconds: policy.limits.seconds,
        };
        Ok((table, scored))
    }

    /// Whether a column of the table is one that it gives: which.
    pub(crate) fn gives(&self, column: usize) -> Option<usize> {
        column.checked_sub(self.first).filter(|at| *at < self.outputs.len())
    }

    /// Made ready to run.
    pub(crate) fn compiled(&self, machine: &Machine) -> Result<Score, Failed> {
        Score::new(machine, &self.component, &self.outputs, self.each, &self.limits)
    }
}

pub(super) fn as_text<S: Serializer>(component: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&STANDARD.encode(component))
}

pub(super) fn of_text<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(from)?).map_err(serde::de::Error::custom)
}
