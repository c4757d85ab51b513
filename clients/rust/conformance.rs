//! The scenarios of clients/conformance, as this client writes them: conformance SCENARIO COUNT.
mod local_tracker;

use local_tracker::{Details, Log, Options};
use std::env;
use std::io::Write;
use std::time::Duration;

// The log counts what a call did not accept: the scenarios look at the count at the end.
fn samples(log: &Log, metric: &str, count: u64) {
    for i in 0..count {
        let details = Details {
            unit: Some("ms"),
            labels: &[("route", "/a")],
            ts: Some(1_763_899_200_000 + i),
            ..Default::default()
        };
        let _ = log.sample(metric, i as f64, details);
    }
}

fn story(log: &Log) {
    let run = log.run_with("r1", "warm \"cache\"\n", "http://localhost:3000/", &[("cache", "on"), ("größe", "1\t2\\")]);
    let labels = [("route", "/ü/😀"), ("status", "200")];
    let _ = run.sample(
        "http.latency_ms",
        12.5,
        Details { unit: Some("ms"), ok: Some(true), labels: &labels, ..Default::default() },
    );
    let _ = run.sample("http.latency_ms", 0.1, Details { ok: Some(false), ..Default::default() });
    let _ = run.sample("large", 1e300, Details::default());
    let _ = run.sample("small", -1.5e-9, Details::default());
    let _ = log.sample("no_run", 3.0, Details::default());
    let _ = log.note("line one\nline two \u{1}\u{7f} \u{2028}");
    let _ = run.finish("failed");
}

fn bad(log: &Log) {
    let names: Vec<String> = (0..33).map(|i| format!("l{i}")).collect();
    let labels: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let _ = log.sample("", 1.0, Details::default());
    let _ = log.sample(&"m".repeat(129), 1.0, Details::default());
    let _ = log.sample("m", f64::NAN, Details::default());
    let _ = log.sample("m", f64::INFINITY, Details::default());
    let _ = log.sample("m", 1.0, Details { labels: &labels, ..Default::default() });
    let _ = log.sample("m", 1.0, Details { unit: Some(&"m".repeat(1025)), ..Default::default() });
    let _ = log.note(&"m".repeat(2 << 20));
    let _ = log.sample("good", 1.0, Details::default());
    let _ = log.flush();
    let _ = log.sample("good", 1.0, Details::default());
}

fn acknowledge(log: &Log, count: u64) {
    for i in 0..count {
        let _ = log.sample("n", i as f64, Details::default());
        if i % 10 == 9 && log.flush().is_ok() {
            println!("{}", i + 1);
            let _ = std::io::stdout().flush();
        }
    }
}

fn quiet(log: &Log, milliseconds: u64) {
    let _ = log.sample("n", 0.0, Details::default());
    std::thread::sleep(Duration::from_millis(milliseconds));
    let _ = log.sample("n", 1.0, Details::default());
    println!("1");
    std::thread::sleep(Duration::from_secs(60));
}

fn overflow(log: &Log, count: u64) {
    samples(log, "n", count);
    println!("full");
    let _ = std::io::stdin().read_line(&mut String::new());
    let _ = log.flush();
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let count: u64 = arguments[2].parse().expect("a count");
    let session = env::var("CONFORMANCE_SESSION").expect("a session");
    let rotate_bytes = env::var("CONFORMANCE_ROTATE").ok().and_then(|text| text.parse().ok());
    let log = Log::open(Options {
        session: Some(&session),
        name: Some("Grüße, 世界 😀"),
        rotate_bytes,
        ..Default::default()
    });
    match arguments[1].as_str() {
        "story" => story(&log),
        "samples" => samples(&log, "n", count),
        "bad" => bad(&log),
        "acknowledge" => acknowledge(&log, count),
        "overflow" => overflow(&log, count),
        "quiet" => quiet(&log, count),
        "threads" => std::thread::scope(|scope| {
            scope.spawn(|| samples(&log, "t0", count));
            scope.spawn(|| samples(&log, "t1", count));
        }),
        other => panic!("no scenario {other}"),
    }
    let _ = log.flush();
    println!("dropped {}", log.dropped());
    if let Some(error) = log.error() {
        println!("error {error}");
    }
    let _ = log.close();
    println!("done");
}
