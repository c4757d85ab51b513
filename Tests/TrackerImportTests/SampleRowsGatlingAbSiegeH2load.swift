/// Expected numbers are read from the files by hand, or counted by another program.
extension SampleRow {
    static let gatling = [
        SampleRow(
            file: "gatling/text-2.0-kind-in-third-column.log", format: "Gatling log", samples: 2),
        SampleRow(file: "gatling/text-3.2.log", format: "Gatling log", samples: 2),
        SampleRow(file: "gatling/text-3.4.log", format: "Gatling log", samples: 31),
        SampleRow(file: "gatling/text-empty-names-ko.log", format: "Gatling log", samples: 2),
        SampleRow(
            file: "gatling/binary-3.14.3-one-assertion.log", format: "Gatling binary log",
            samples: 1),
    ]

    static let ab = [
        SampleRow(file: "ab/g-file.tsv", format: "ab -g", samples: 10),
        SampleRow(
            file: "ab/text-sub-millisecond.txt", format: "ab text",
            reported: [
                "total_requests": 1000, "failed_requests": 0, "attempted": 11_572.60,
                "avg_latency_ms": 0.864, "p50_ms": 1, "p99_ms": 2, "max_ms": 3,
                "duration_s": 0.086, "received_bytes": 2_785_000,
            ]),
    ]

    static let siege = [
        SampleRow(
            file: "siege/siege-log-inf.log", format: "siege log", runs: 12,
            reported: [
                "total_requests": 523, "failed_requests": 29, "avg_latency_ms": 630,
                "duration_s": 62.47, "rps": 7.91,
            ]),
        SampleRow(file: "siege/verbose-csv-ansi.out", format: "siege text", samples: 10),
    ]

    static let h2load = [
        SampleRow(
            file: "h2load/h3-one-request.txt", format: "h2load text",
            reported: [
                "total_requests": 1, "failed_requests": 0, "attempted": 0.05,
                "avg_latency_ms": 18_950, "min_ms": 18_950, "max_ms": 18_950, "stdev_ms": 0,
                "duration_s": 18.96, "received_bytes": 1_000_305_254,
            ])
    ]
}
