#![no_main]
//! Evaluated points with their proof.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::unbalanced::msg::{Kind, PointsPackage};

fuzz_target!(|frame: &[u8]| {
    if let Ok(package) = PointsPackage::decode(frame, Kind::Evaluated, 2, true, 0) {
        package.points.iter().for_each(|point| drop(PointsPackage::element(point, 0)));
    }
});
