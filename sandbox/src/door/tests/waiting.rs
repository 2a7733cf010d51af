//! Results that wait for a person, as whoever asks through the door meets them.

use super::*;
use crate::airlock::review::{Verdict, decide, results};
use crate::world::{approve_policy, signer, unsigned};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_a_receipt_until_somebody_released_it() {
    let house = House::new(Settings::default(), clock).await;
    let mut policy = unsigned(&house.room, "study");
    policy.review.when = crate::airlock::When::Always;
    policy.review.reviewers = ["wang".to_owned(), "li".to_owned()].into();
    approve_policy(&house.room, &policy);
    let wang = signer(&house.room, "wang");
    let refused = house.ask("li", Some("study"), SQL).await.unwrap_err();
    assert_eq!(refused.code(), 9795);
    let id = results(&house.room, "li").unwrap().remove(0).id;
    // The receipt has the id in it and nothing of the result; asked again, it is the same.
    assert!(format!("{refused:?}").contains(&id));
    assert_eq!(house.ask("li", Some("study"), SQL).await.unwrap_err(), refused);
    let waits = crate::airlock::review::show(&house.room, &wang, &id).unwrap().held.answer;
    for field in waits.rows.iter().flatten() {
        let shown = match field {
            Field::Text(text) => text.clone(),
            Field::Number(number) => format!(" {number} "),
            Field::Missing => continue,
        };
        assert!(!format!("{refused:?}").contains(&shown), "{shown}");
    }
    // Another user of the policy has a receipt of his own.
    let other = house.ask("zhao", Some("study"), SQL).await.unwrap_err();
    assert_eq!(other.code(), 9795);
    assert_ne!(other, refused);
    decide(&house.room, &wang, &id, Verdict::Release, "large groups").unwrap();
    let answer = house.ask("li", Some("study"), SQL).await.unwrap();
    assert_eq!(answer, waits);
    assert_eq!(answer.label.unwrap().recipient, "li");
    assert_eq!(house.ask("zhao", Some("study"), SQL).await.unwrap_err(), other);
    let theirs = results(&house.room, "zhao").unwrap().remove(0).id;
    decide(&house.room, &wang, &theirs, Verdict::Reject, "not for this purpose").unwrap();
    let rejected = house.ask("zhao", Some("study"), SQL).await.unwrap_err();
    assert_eq!(rejected.code(), 9797);
    assert!(!format!("{rejected:?}").contains("purpose"));
    // What was released to one stays his.
    assert_eq!(house.ask("li", Some("study"), SQL).await.unwrap(), waits);
}
