//! The same questions to DataFusion as it is, over the same whole numbers in memory: nothing is checked, nothing is judged, and
//! whose each row is anybody could ask.

use super::RUNS;
use super::county::County;
use datafusion::arrow::datatypes::DataType;
use datafusion::datasource::MemTable;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use std::sync::Arc;
use std::time::Duration;

/// A table in memory.
pub(super) struct Plain {
    context: SessionContext,
    /// What the columns of the registered table are called: `c` and the place of each.
    columns: Vec<(&'static str, usize)>,
}

impl Plain {
    pub(super) async fn people(county: &County) -> Self {
        Self::of(county, "people", vec![("sex", 1), ("town", 2), ("street", 3), ("wage", 5)]).await
    }

    pub(super) async fn visits(county: &County) -> Self {
        Self::of(county, "visits", vec![("town", 1), ("street", 2), ("cost", 3)]).await
    }

    async fn of(county: &County, name: &str, columns: Vec<(&'static str, usize)>) -> Self {
        let context = SessionContext::new();
        let path = county.parquet(name);
        let read = context.read_parquet(path.to_str().unwrap(), ParquetReadOptions::default()).await.unwrap();
        let batches = read.clone().collect_partitioned().await.unwrap();
        let schema = Arc::clone(read.schema().inner());
        assert!(schema.fields().iter().all(|field| field.data_type() == &DataType::Int64));
        context.register_table("t", Arc::new(MemTable::try_new(schema, batches).unwrap())).unwrap();
        Self { context, columns }
    }

    fn column(&self, name: &str) -> String {
        let (_, at) = self.columns.iter().find(|(known, _)| *known == name).unwrap();
        format!("c{at}")
    }

    /// Visits counted and added up by person and group, and then by group.
    pub(super) async fn by_person(&self, key: &str) -> Duration {
        let (key, cost) = (self.column(key), self.column("cost"));
        self.timed(&format!(
            "SELECT k, COUNT(*) AS persons, SUM(n) AS n, SUM(s) AS s, MAX(s) AS largest FROM \
             (SELECT {key} AS k, person, COUNT(*) AS n, SUM({cost}) AS s FROM t GROUP BY {key}, person) GROUP BY k"
        ))
        .await
    }

    /// 2,000 cells, counted.
    pub(super) async fn cells(&self) -> Duration {
        let (sex, street) = (self.column("sex"), self.column("street"));
        self.timed(&format!("SELECT {sex}, {street}, COUNT(*) FROM t GROUP BY {sex}, {street}")).await
    }

    async fn timed(&self, text: &str) -> Duration {
        let mut best = Duration::MAX;
        for _ in 0..RUNS {
            let began = std::time::Instant::now();
            let rows = self.context.sql(text).await.unwrap().collect().await.unwrap();
            best = best.min(began.elapsed());
            std::hint::black_box(rows.len());
        }
        best
    }
}
