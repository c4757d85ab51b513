extension SampleRow {
    static let oha = [
        SampleRow(
            file: "oha/text-0.5-ratio.txt", format: "oha text",
            reported: [
                "total_requests": 601, "failed_requests": 441, "successful_requests": 160,
                "attempted": 20.0327, "duration_s": 30.0009, "avg_latency_ms": 821.3,
                "min_ms": 135, "max_ms": 3923.5, "p10_ms": 154.5, "p99_ms": 3520.2,
                "received_bytes": 8.2 * 1_048_576,
            ])
    ]
    static let hdr = [
        SampleRow(
            file: "hdr/v2.hlog", format: "HdrHistogram log", distributions: 62, counted: 48_761),
        SampleRow(
            file: "hdr/tagged.hlog", format: "HdrHistogram log", distributions: 42,
            counted: 32_290),
        SampleRow(
            file: "hdr/v1.hlog", format: "HdrHistogram log", distributions: 88, counted: 65_964),
        SampleRow(
            file: "hdr/v0-endtimestamp.hlog", format: "HdrHistogram log", distributions: 81,
            counted: 61_256),
        SampleRow(file: "hdr/empty-histogram-trailing-space.hlog", format: "HdrHistogram log"),
    ]
    static let fortio = [
        SampleRow(
            file: "fortio/fortio-1.3.1.json", format: "Fortio JSON", distributions: 1,
            counted: 240_000,
            reported: [
                "total_requests": 240_000, "failed_requests": 0, "error_rate": 0,
                "attempted": 999.9820439932573, "rps": 999.9820439932573,
                "duration_s": 240.004309519, "avg_latency_ms": 0.6936805019458188,
                "min_ms": 0.397922, "max_ms": 22.905284, "stdev_ms": 0.4162768910754959,
                "p50_ms": 0.6419639885800361, "p75_ms": 0.6945098348308899,
                "p90_ms": 0.7769157137683035, "p99_ms": 3.670863309352514,
                "p999_ms": 4.9435736677116, "received_bytes": 305_520_003,
            ]),
        SampleRow(
            file: "fortio/nighthawk-counts-as-text.json", format: "Fortio JSON", distributions: 1,
            counted: 47,
            reported: [
                "total_requests": 60, "failed_requests": 0, "attempted": 1, "duration_s": 5,
            ]),
    ]
    static let benches = [
        SampleRow(
            file: "hyperfine/one.json", format: "hyperfine JSON", samples: 214,
            reported: [
                "mean_ms": 13.317239025420563, "stdev_ms": 0.999692290506435,
                "median_ms": 13.25132996, "min_ms": 10.16589246, "max_ms": 21.34705846,
            ]),
        SampleRow(
            file: "hyperfine/two.json", format: "hyperfine JSON", runs: 2, samples: 40,
            reported: ["mean_ms": 107.53446442370372, "median_ms": 106.52535172]),
        SampleRow(
            file: "pytest-benchmark/several-magnitudes.json", format: "pytest-benchmark JSON",
            runs: 4, samples: 17,
            reported: [
                "mean_ms": 0.00014995610248628836, "min_ms": 0.0001422099999981441,
                "operations_per_second": 6668618.238403659, "rounds": 68_536,
            ]),
        SampleRow(
            file: "google-benchmark/google-benchmark.json", format: "Google Benchmark JSON",
            runs: 2,
            reported: [
                "mean_ms": 0.00021498980114547953, "cpu_mean_ms": 0.00021365507206163296,
                "iterations": 3_070_566,
            ]),
        SampleRow(
            file: "criterion/criterion.txt", format: "criterion text", runs: 4,
            reported: ["mean_ms": 0.000329, "spread_ms": 0.000004]),
    ]
    static let otherTools = [
        SampleRow(
            file: "artillery/v2-all-404.json", format: "Artillery JSON",
            reported: [
                "total_requests": 1_000, "failed_requests": 1_000, "error_rate": 100,
                "attempted": 105, "rps": 0, "min_ms": 8, "max_ms": 217, "p50_ms": 13.1,
                "p99_ms": 190.6, "p999_ms": 210.6, "users_failed": 0, "duration_s": 10.171,
            ]),
        SampleRow(
            file: "artillery/v2-connection-refused.json", format: "Artillery JSON",
            reported: [
                "total_requests": 300, "failed_requests": 300, "sent_requests": 260,
                "attempted": 3, "users_failed": 300, "duration_s": 59.809,
            ]),
        SampleRow(
            file: "autocannon/example-result.json", format: "autocannon JSON",
            reported: [
                "total_requests": 500, "failed_requests": 0, "attempted": 250, "rps": 250,
                "avg_latency_ms": 100.1, "stdev_ms": 84.74, "p025_ms": 55, "p25_ms": 59,
                "p50_ms": 67, "p975_ms": 378,
                "p99_ms": 386, "p999_ms": 424, "received_bytes": 104_945, "duration_s": 2.06,
            ]),
        SampleRow(
            file: "ghz/report.json", format: "ghz JSON", samples: 193,
            reported: [
                "total_requests": 200, "failed_requests": 0, "attempted": 1011.2135748546173,
                "avg_latency_ms": 34.825653, "p50_ms": 32.503859, "p99_ms": 80.200129,
            ]),
        SampleRow(
            file: "taurus/final-stats.xml", format: "Taurus XML", runs: 3,
            reported: [
                "total_requests": 677, "failed_requests": 11, "avg_latency_ms": 459.5,
                "stdev_ms": 643.95, "p50_ms": 187, "p90_ms": 1158, "p999_ms": 1718,
                "min_ms": 64, "max_ms": 1718, "received_bytes": 6_946_463,
            ]),
    ]
    static let expositions = [
        SampleRow(
            file: "prometheus/node-exporter-darwin.txt", format: "Prometheus text", samples: 103),
        SampleRow(
            file: "otlp/metrics.json", format: "OTLP JSON", samples: 2, distributions: 2,
            counted: 5),
    ]
}
