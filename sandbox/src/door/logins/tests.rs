use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

#[test]
fn an_address_that_fails_often_waits_and_others_do_not() {
    let (bad, good) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
    let mut logins = Logins::new();
    for _ in 0..OF_ONE {
        assert!(logins.may_try(bad, at(0)));
        logins.failed(bad, at(0));
    }
    assert!(!logins.may_try(bad, at(0)));
    assert!(logins.may_try(good, at(0)));
    assert!(!logins.may_try(bad, at(PAUSE - 1)));
    assert!(logins.may_try(bad, at(PAUSE)));
    // Mapped to IPv6 it is the same address.
    let IpAddr::V4(four) = bad else { unreachable!() };
    assert!(!logins.may_try(IpAddr::V6(four.to_ipv6_mapped()), at(0)));
}

#[test]
fn all_together_are_limited_and_what_is_remembered_too() {
    let mut logins = Logins::new();
    for n in 0..u32::try_from(OF_ALL).unwrap() {
        logins.failed(IpAddr::V4(n.into()), at(0));
    }
    assert!(!logins.may_try(IpAddr::from([198, 51, 100, 1]), at(0)));
    assert!(logins.may_try(IpAddr::from([198, 51, 100, 1]), at(1)));
    for n in 0..100_000u32 {
        logins.failed(IpAddr::V4(n.into()), at(i64::from(n) / 100));
    }
    assert!(logins.addresses.len() <= ADDRESSES);
}

#[test]
fn the_limit_is_recorded_once_a_minute() {
    let mut logins = Logins::new();
    assert!(logins.begins(at(0)));
    assert!(!logins.begins(at(59)));
    assert!(logins.begins(at(60)));
}
