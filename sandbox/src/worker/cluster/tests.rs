use super::*;

#[test]
fn what_a_courier_says_last_says_how_it_ended() {
    let told = |code: u16| format!("noise\n{{\"error\":{{\"code\":{code},\"message\":\"m\"}}}}\n");
    assert_eq!(ending(&told(9010)), Ending::Away("m".to_owned()));
    assert_eq!(ending(&told(9011)), Ending::Ended("m".to_owned()));
    assert_eq!(ending("no such file\n"), Ending::Ended("no such file".to_owned()));
}
