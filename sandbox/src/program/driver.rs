//! The loop over persons, with a researcher's component put in its middle.

/// `driver.wat`, assembled.
const DRIVER: &[u8] = include_bytes!("driver.wasm");

/// The code of a section that is a component.
const COMPONENT: u8 = 4;

/// Which of the components is the place of the researcher's.
const PLACE: usize = 2;

/// Bytes before the first section.
const HEAD: usize = 8;

/// The loop with a program in it.
pub(super) fn around(program: &[u8]) -> Vec<u8> {
    let mut all = DRIVER[..HEAD].to_vec();
    let mut at = HEAD;
    let mut components = 0;
    while let Some((code, length, begin)) = section(at) {
        let end = begin + length;
        if code == COMPONENT && components == PLACE {
            all.push(COMPONENT);
            number(&mut all, program.len());
            all.extend_from_slice(program);
        } else {
            all.extend_from_slice(&DRIVER[at..end]);
        }
        components += usize::from(code == COMPONENT);
        at = end;
    }
    all
}

/// The code and length of a section of the loop, and where what is in it begins.
fn section(at: usize) -> Option<(u8, usize, usize)> {
    let code = *DRIVER.get(at)?;
    let (mut length, mut next) = (0, at + 1);
    for shift in (0..).step_by(7) {
        let byte = DRIVER[next];
        next += 1;
        length |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some((code, length, next))
}

/// A number as the binary format writes it (LEB128).
fn number(all: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7F) as u8;
        number >>= 7;
        if number == 0 {
            all.push(low);
            return;
        }
        all.push(low | 0x80);
    }
}
