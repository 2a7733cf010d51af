//! Larger than memory, scaled down; and at full size by hand.

use super::*;

/// The most memory this process ever had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: 0 kB");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn streamed(n: u64, settings: Settings) -> (Plan, u64, u64) {
    let terms = terms(Learns::Receiver, 1);
    let root = tempfile::tempdir().unwrap();
    let patient = |(receiver, sender): (MemoryChannel, MemoryChannel)| {
        let patience = Duration::from_secs(3_600);
        (receiver.with_patience(patience), sender.with_patience(patience))
    };
    let (mut receivers, mut senders): (Vec<_>, Vec<_>) =
        (0..settings.workers).map(|_| patient(pair())).unzip();
    let folder = root.path();
    let seconds = std::time::Instant::now();
    std::thread::scope(|scope| {
        let terms = &terms;
        let sending = scope.spawn(move || {
            let plan = agree_sender(&mut senders[0], n, &Clear, terms, &settings, &mut rng(1)).unwrap();
            let source = (n / 2..n / 2 + n).map(|value| Ok::<_, String>(entry(0, value)));
            let key = Key::random(&mut rng(2));
            let spill = Spill::write(&folder.join("s"), key, plan, Role::Sender, source).unwrap();
            send(&mut senders, &spill, &Clear, terms, &mut rng(3), &mut |_| Ok(()), &mut |_| {}).unwrap();
        });
        let plan = agree_receiver(&mut receivers[0], &[n], &Clear, terms, &settings, &mut rng(4)).unwrap();
        let source = (0..n).map(|value| Ok::<_, String>(entry(0, value)));
        let key = Key::random(&mut rng(5));
        let spill = Spill::write(&folder.join("r"), key, plan.clone(), Role::Receiver, source).unwrap();
        println!("divided after {:?}, {} MB", seconds.elapsed(), peak());
        let mut report = |progress: Progress| {
            if progress.inner.is_none() {
                println!("{}/{} left {:?}", progress.complete, progress.partitions, progress.left);
            }
        };
        let received = receive(&mut receivers, &spill, &Clear, terms, &mut rng(6), &mut report).unwrap();
        let mut count = 0;
        for (position, expected) in received.matched.zip(n / 2..) {
            assert_eq!(position.unwrap(), expected);
            count += 1;
        }
        sending.join().unwrap();
        println!(
            "{n} in {} partitions: {:?}, {} MB both parties",
            plan.partitions,
            seconds.elapsed(),
            peak()
        );
        (plan, count, peak())
    })
}

#[test]
fn forty_times_its_memory() {
    // 40,000 entries of 128 bytes through 128 KB.
    let (plan, count, _) = streamed(40_000, Settings { memory: 128 << 10, workers: 1 });
    assert!(plan.partitions > 40 && plan.size(Role::Receiver) * 128 <= 128 << 10);
    assert_eq!(count, 20_000);
}

/// `cargo test --release -p yinshu-psi --lib -- --ignored --nocapture full_size`; `LOG2=27` for the largest.
#[test]
#[ignore = "takes minutes and gigabytes of disk"]
fn full_size() {
    let log2 = std::env::var("LOG2").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let (_, count, peak) = streamed(1 << log2, Settings::default());
    assert_eq!(count, 1 << (log2 - 1));
    assert!(peak < 4 << 10, "both parties of this process had {peak} MB");
}
