#![no_main]
//! Points of an intersection, and each as a group element.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::{Kind, PointsPackage};

fuzz_target!(|frame: &[u8]| {
    if let Ok(package) = PointsPackage::decode(frame, Kind::Blinded, 3) {
        package.points.iter().for_each(|point| drop(PointsPackage::element(point, 0)));
    }
});
