//! Tables that are judged too late.

use super::*;
use crate::disclosure::{Cell, Figure, Measure, Part};
use roaring::RoaringBitmap;

fn computed() -> Computed {
    let persons: RoaringBitmap = (0..50).collect();
    let part = Part {
        persons: persons.clone(),
        telling: persons.clone(),
        rows: 50,
        sum: 50,
        squares: 50,
        alike: 50,
        largest: vec![1; 2],
        absolute: 50,
        ..Part::default()
    };
    let name = String::new();
    let figure = Figure { name, measure: Measure::Rows, decimals: 0, column: None, condition: false };
    let cell = Cell { persons, rows: 50, parts: vec![part], ..Cell::default() };
    Computed { keys: Vec::new(), figures: vec![figure], cells: vec![cell], owners: None }
}

fn limits() -> Limits {
    Limits { seconds: 30, ..Limits::default() }
}

/// The history of a data set, and how many bytes it has.
fn history() -> (tempfile::TempDir, PathBuf, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("released");
    History::create(&path).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    (folder, path, size)
}

async fn released(path: &std::path::Path, began: Instant) -> Result<Released, SandboxError> {
    judged(computed(), Rules::default(), path.to_owned(), [1; 32], &limits(), began)
        .await
        .map(|(released, _)| released)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_judged_in_time_is_released_and_written_down() {
    let (_folder, path, size) = history();
    let released = released(&path, Instant::now()).await.unwrap();
    assert_eq!(released.table.cells[0].values, [Some(50.0)]);
    assert!(std::fs::metadata(&path).unwrap().len() > size);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_judged_too_late_is_neither() {
    let (_folder, path, size) = history();
    let long_ago = Instant::now() - Duration::from_secs(31);
    assert_eq!(released(&path, long_ago).await.unwrap_err().code(), 9723);
    // Nor where another is judged all the time that there is.
    let other = std::fs::File::open(&path).unwrap();
    other.lock().unwrap();
    let nearly = Instant::now() - Duration::from_millis(29_500);
    assert_eq!(released(&path, nearly).await.unwrap_err().code(), 9723);
    // Nor where whoever asked went away meanwhile.
    let asked = released(&path, Instant::now());
    assert!(tokio::time::timeout(Duration::from_millis(200), asked).await.is_err());
    other.unlock().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), size);
}
