//! Made-up tables tell nothing of the rows, and questions can be tried on them.

use super::write;
use crate::dataset::Dataset;
use crate::engine::{Means, register, run};
use crate::policy::Policy;
use crate::question;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_tried_on_made_up_tables() {
    let world = World::new(8);
    let out = tempfile::tempdir().unwrap();
    write((&world.policy, "li"), &world.dataset, out.path(), 300, 5).unwrap();
    let dataset = Dataset::read(&out.path().join("dataset.toml")).unwrap();
    let policy = Policy::read(&out.path().join("policy.toml")).unwrap();
    policy.check(&dataset).unwrap();
    let registered = register(&dataset, out.path(), [7; 32]).await.unwrap();
    assert_eq!(registered.tables["residents"].rows, 300);
    assert!(registered.tables.values().all(|told| told.undeclared.is_empty() && told.left_out == 0));
    let sql = "SELECT use_of, COUNT(*), AVG(area) FROM residents JOIN homes ON id = owner GROUP BY use_of";
    let asked = question::read(sql, &dataset, &policy).unwrap();
    let means = Means { memory_mib: 64, folder: out.path(), spill_mib: 64 };
    let computed = run(&asked, &dataset, &registered, &means, 2).await.unwrap();
    assert_eq!(computed.cells.len(), 2);
}

#[test]
fn they_are_the_same_whatever_the_rows_are() {
    let [one, other] = [1, 2].map(|seed| {
        let world = World::new(seed);
        let out = tempfile::tempdir().unwrap();
        let files = write((&world.policy, "li"), &world.dataset, out.path(), 50, 9).unwrap();
        files.iter().map(|file| std::fs::read(out.path().join(file)).unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(one, other);
}
