use std::time::Instant;
use yinshu_crypto::field::*;
use yinshu_crypto::permutation::Permutation;
fn main() {
    let p = Permutation::new([3; 16]);
    let parents: Vec<F128> = (0..4096).map(F128).collect();
    let mut children = vec![F128::ZERO; 8192];
    for _ in 0..3 {
        let t = Instant::now();
        for _ in 0..200 {
            p.grow(&parents, &mut children);
        }
        let e = t.elapsed();
        println!("grow {:.0} M AES/s", 200.0 * 4096.0 / e.as_secs_f64() / 1e6);
        let t = Instant::now();
        for _ in 0..200 {
            p.leaves(&parents, &mut children);
        }
        let e = t.elapsed();
        println!("leaves {:.0} M AES/s", 200.0 * 8192.0 / e.as_secs_f64() / 1e6);
        let t = Instant::now();
        let a: Vec<F64> = (0..8192).map(F64).collect();
        for _ in 0..200 {
            mul_add_each(&mut children, &a, F128(u128::MAX / 3));
        }
        let e = t.elapsed();
        println!("mul64 {:.2} ns", e.as_secs_f64() * 1e9 / 200.0 / 8192.0);
        let a: Vec<F128> = (0..8192).map(F128).collect();
        let t = Instant::now();
        for _ in 0..200 {
            mul_add_each(&mut children, &a, F128(u128::MAX / 3));
        }
        let e = t.elapsed();
        println!("mul128 {:.2} ns", e.as_secs_f64() * 1e9 / 200.0 / 8192.0);
        let t = Instant::now();
        let mut s = F128::ZERO;
        for _ in 0..200 {
            s += inner_product(&a, &children);
        }
        let e = t.elapsed();
        println!("inner128 {:.2} ns {:?}", e.as_secs_f64() * 1e9 / 200.0 / 8192.0, s);
    }
}
