//! Two parties over a memory channel, and small worlds of people.

use crate::defect::Defect;
use crate::here::counts::{Counts, Tally};
use crate::here::index::{Index, IndexSecret};
use crate::here::{HereInput, ReturnedFile, verify_here};
use crate::plain::{self, PlainFile};
use crate::rows::Rows;
use crate::sample::{LOCAL, RETURNED, rows, terms};
use crate::terms::Terms;
use crate::there::{AnswerInput, Answered, There, answer, ask};
use crate::truth::Planted;
use crate::{Here, VerifyError};
use arrow_array::{Array, StringArray};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeSet;
use yinshu_crypto::hash::Digest;
use yinshu_net::{PartyId, memory};

pub(super) const CONTRACT: Digest = Digest([7; 32]);

/// A returned or source row: key, name, sex, birth, division, insurance, status, begin, end, update.
pub(super) type Insured = [String; 10];
/// A local row: key, name, sex, birth, division, town, update.
pub(super) type Resident = [String; 7];

/// Three tables, the manifest's counts and the terms.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) terms: Terms,
    pub(super) promised: Option<Counts>,
    pub(super) files: Vec<(String, Vec<String>, Rows)>,
    pub(super) local: Rows,
    pub(super) source: Rows,
}

pub(super) fn insured(key: &str, name: &str, division: &str) -> Insured {
    let birth = format!("{}-{}-{}", &key[6..10], &key[10..12], &key[12..14]);
    [key, name, "1", &birth, division, "110", "1", "2020-01", "", "2026-11-20 08:00:00"].map(str::to_owned)
}

pub(super) fn resident(key: &str, name: &str, town: &str) -> Resident {
    let birth = format!("{}-{}-{}", &key[6..10], &key[10..12], &key[12..14]);
    [key, name, "1", &birth, "990101", town, "2026-11-01 08:00:00"].map(str::to_owned)
}

/// A made-up key: what it says of a check digit does not matter here.
pub(super) fn key(n: usize) -> String {
    format!("990101{}0307{:03}X", 1950 + n % 60, n % 1000)
}

impl World {
    pub(super) fn new(files: &[Vec<Insured>], local: &[Resident], source: &[Insured]) -> Self {
        let columns: Vec<String> = RETURNED.map(str::to_owned).into();
        let file = |(n, table): (usize, &Vec<Insured>)| {
            (format!("sb_{}.csv", n + 1), columns.clone(), rows(&RETURNED, table))
        };
        Self {
            terms: terms(),
            promised: None,
            files: files.iter().enumerate().map(file).collect(),
            local: rows(&LOCAL, local),
            source: rows(&RETURNED, source),
        }
    }

    /// Thirty people who are returned as they are in the source; some are residents, and one
    /// resident is not insured. Another county's people are in the source.
    pub(super) fn clean() -> Self {
        let people: Vec<Insured> =
            (0..30).map(|n| insured(&key(n), &format!("人{n}"), ["990101", "990102"][n % 2])).collect();
        let mut source = people.clone();
        source.extend((100..120).map(|n| insured(&key(n), "外人", "990201")));
        let mut local: Vec<Resident> =
            (5..30).map(|n| resident(&key(n), &format!("人{n}"), ["东街", "西街"][n % 2])).collect();
        local.push(resident(&key(50), "无保", "东街"));
        Self::new(&[people[..15].to_vec(), people[15..].to_vec()], &local, &source)
    }

    /// The manifest's counts: those of the files, unless set otherwise.
    pub(super) fn promised(&self) -> Counts {
        if let Some(promised) = &self.promised {
            return promised.clone();
        }
        let mut tally = Tally::default();
        for (_, _, rows) in &self.files {
            let column = |name| {
                let array = rows.batch.column_by_name(name).expect("a column");
                array.as_any().downcast_ref::<StringArray>().expect("text").clone()
            };
            let (divisions, times) = (column("aab301"), column("gxsj"));
            let value = |a: &StringArray, at: usize| a.is_valid(at).then(|| a.value(at).to_owned());
            for at in 0..rows.batch.num_rows() {
                tally.add(value(&divisions, at).as_deref(), value(&times, at).as_deref());
            }
        }
        tally.counts()
    }

    pub(super) fn oracle(&self) -> BTreeSet<Planted> {
        let file = |(name, columns, rows): &(String, Vec<String>, Rows)| PlainFile {
            name: name.clone(),
            columns: columns.clone(),
            batches: vec![rows.clone()],
        };
        let files: Vec<PlainFile> = self.files.iter().map(file).collect();
        let tables = (std::slice::from_ref(&self.local), std::slice::from_ref(&self.source));
        plain::verify(&self.terms, &self.promised(), &files, tables.0, tables.1)
    }

    /// The half done here, in batches of seven rows.
    pub(super) fn here(&self, previous: Option<&Index>) -> Result<(Here, Vec<Defect>), VerifyError> {
        let mut defects = Vec::new();
        let files = self.files.iter().map(|(name, columns, rows)| {
            Ok(ReturnedFile { name: name.clone(), columns: columns.clone(), rows: batches(rows) })
        });
        let input = HereInput {
            terms: &self.terms,
            promised: &self.promised(),
            counted: None,
            local: batches(&self.local),
            files: Box::new(files),
            previous,
            secret: &secret(),
        };
        let mut sink = |defect| {
            defects.push(defect);
            Ok(())
        };
        let here = verify_here(input, &mut sink, &mut |_, _| {})?;
        Ok((here, defects))
    }

    /// Both halves.
    pub(super) fn run(&self) -> Outcome {
        let (here, mut defects) = self.here(None).expect("the half done here");
        let mut sink = |defect| {
            defects.push(defect);
            Ok(())
        };
        let (there, answered) = self.there(&here, &self.terms, None, &mut sink);
        Outcome { there: there.expect("asked"), answered: answered.expect("answered"), here, defects }
    }

    /// The private half, the provider under terms of its own.
    pub(super) fn there(
        &self,
        here: &Here,
        providers: &Terms,
        returned_rows: Option<u64>,
        sink: &mut crate::here::Sink<'_>,
    ) -> (Result<There, VerifyError>, Result<Answered, VerifyError>) {
        let party = |name: &str| PartyId::new(name).expect("a name");
        let (mut county, mut province) = memory::pair(party("county"), party("province"));
        std::thread::scope(|scope| {
            let province = scope.spawn(move || {
                let source = batches(&self.source);
                let input =
                    AnswerInput { terms: providers, contract: CONTRACT, returned_rows, show: None, source };
                let mut rng = ChaCha20Rng::seed_from_u64(1);
                answer(&mut province, input, &mut rng, &mut |_| {})
            });
            let mut rng = ChaCha20Rng::seed_from_u64(2);
            let there = ask(&mut county, &self.terms, CONTRACT, here, &mut rng, sink, &mut |_| {});
            drop(county);
            (there, province.join().expect("no panic"))
        })
    }
}

/// What a run found.
pub(super) struct Outcome {
    pub(super) here: Here,
    pub(super) there: There,
    pub(super) answered: Answered,
    pub(super) defects: Vec<Defect>,
}

impl Outcome {
    /// The defects by the oracle's names.
    pub(super) fn named(&self) -> BTreeSet<Planted> {
        let name = |defect: &Defect| {
            let mut planted = Planted {
                file: defect.file.clone(),
                row: defect.row,
                column: defect.column.clone(),
                key: defect.key.clone(),
                ..Planted::new(defect.kind)
            };
            if defect.kind == crate::DefectKind::CountMismatch {
                (planted.division, planted.day) = (defect.division.clone(), defect.day.clone());
            }
            if defect.kind == crate::DefectKind::InvalidKey {
                planted.column = None;
            }
            planted
        };
        self.defects.iter().map(name).collect()
    }
}

pub(super) fn secret() -> IndexSecret {
    IndexSecret::new([9; 32])
}

pub(super) fn batches(rows: &Rows) -> crate::here::RowStream<'_> {
    let starts = (0..rows.batch.num_rows().max(1)).step_by(7);
    Box::new(starts.map(move |at| {
        let len = 7.min(rows.batch.num_rows() - at);
        let first = at == 0;
        Ok(Rows {
            batch: rows.batch.slice(at, len),
            row_numbers: rows.row_numbers[at..at + len].to_vec(),
            rejected: if first { rows.rejected.clone() } else { Vec::new() },
            flagged: rows.flagged.clone(),
        })
    }))
}
