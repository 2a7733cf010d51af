//! A data set that is registered again: what was released of it before still counts, and so does how it was described.

use super::{asked, room};
use crate::dataset::Dataset;
use crate::engine::register;
use crate::world::{DATASET, World};

/// The description with something else in it.
fn described(world: &World, this: &str, that: &str) -> Dataset {
    assert!(DATASET.contains(this), "{this}");
    let path = world.folder.path().join("dataset.toml");
    std::fs::write(&path, DATASET.replacen(this, that, 1)).unwrap();
    Dataset::read(&path).unwrap()
}

const CHANGES: &[(&str, &str)] = &[
    (r#"values = ["城东", "城西","#, r#"values = ["城西", "城东","#),
    ("decimals = 2, min = -1000", "decimals = 1, min = -1000"),
    (
        r#"{ name = "age", kind = "integer", min = 0, max = 120 }"#,
        r#"{ name = "age", kind = "integer", min = 0, max = 20 }"#,
    ),
    (r#"      { name = "insured", kind = "integer", min = 0, max = 1 },"#, ""),
    ("single = true", "single = false"),
];

#[tokio::test(flavor = "multi_thread")]
async fn another_description_is_refused_once_something_was_released() {
    let world = World::new(21);
    let room = room(&world).await;
    let again = async |dataset: &Dataset| register(dataset, room.root(), room.secret().unwrap()).await;
    // As long as nothing was released every description will do.
    for (this, that) in CHANGES {
        again(&described(&world, this, that)).await.unwrap();
    }
    again(&world.dataset).await.unwrap();
    asked(&room, "SELECT town, COUNT(*) FROM residents GROUP BY town").await.unwrap();
    for (this, that) in CHANGES {
        let refused = again(&described(&world, this, that)).await.unwrap_err();
        assert_eq!(refused.code(), 9748, "{that}");
    }
    // The same goes through, as do titles and levels, and what is registered can be asked of as before.
    again(&described(&world, r#"title = "住房""#, r#"title = "Housing""#)).await.unwrap();
    again(&described(
        &world,
        "max = 100000, nullable = true }",
        r#"max = 100000, nullable = true, level = "重要" }"#,
    ))
    .await
    .unwrap();
    again(&world.dataset).await.unwrap();
    asked(&room, "SELECT insured, COUNT(*) FROM residents GROUP BY insured").await.unwrap();
}
