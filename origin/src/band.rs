//! Five-year age bands, the second way a breakdown is cut.

use jiff::civil::Date;

/// How many bands there are: 0–4 to 95–99, 100 and over, unknown.
pub const BANDS: usize = 22;

const OVER: usize = 20;
const UNKNOWN: usize = 21;

/// The name of a band: `0-4` to `95-99`, `100+`, `unknown`.
pub fn band_name(band: usize) -> String {
    match band {
        OVER => "100+".into(),
        b if b < OVER => format!("{}-{}", b * 5, b * 5 + 4),
        _ => "unknown".into(),
    }
}

/// The band on the day `on` of somebody with this key and birth date. A citizen identifier (GB
/// 11643: 18 characters) holds the birth date in digits 7 to 14; other keys do not, and then the
/// birth column says, as `YYYY-MM-DD`.
pub fn band_of(key: &str, birth: Option<&str>, on: Date) -> u8 {
    let born = born_by_key(key).or_else(|| birth.and_then(|text| text.get(..10)?.parse().ok()));
    let band = match born {
        Some(born) => match years(born, on) {
            age if age < 0 => UNKNOWN,
            age => (age as usize / 5).min(OVER),
        },
        None => UNKNOWN,
    };
    band as u8
}

fn years(born: Date, on: Date) -> i16 {
    on.year() - born.year() - i16::from((on.month(), on.day()) < (born.month(), born.day()))
}

fn born_by_key(key: &str) -> Option<Date> {
    let bytes = key.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |at: std::ops::Range<usize>| key.get(at)?.parse::<i16>().ok();
    Date::new(number(6..10)?, number(10..12)? as i8, number(12..14)? as i8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_by_key_and_by_column() {
        let on = "2026-03-06".parse().expect("a day");
        let name = |key: &str, birth: Option<&str>| band_name(usize::from(band_of(key, birth, on)));
        assert_eq!(name("990101199003070015", None), "35-39"); // turns 36 tomorrow
        assert_eq!(name("990101199103060015", None), "35-39");
        assert_eq!(name("990101199103070015", None), "30-34");
        assert_eq!(name("990101188001010015", None), "100+");
        assert_eq!(name("990101203001010015", None), "unknown");
        assert_eq!(name("990101199013990015", Some("2020-01-01")), "5-9");
        assert_eq!(name("company", Some("2026-01-01 00:00:00")), "0-4");
        assert_eq!(name("company", Some("早")), "unknown");
        assert_eq!(name("company", None), "unknown");
    }
}
