/// Expected numbers are read from the files by hand, or summed from their rows by another program.
extension SampleRow {
    static let jmeter = [
        SampleRow(
            file: "jmeter/aggregate-report-en.csv", format: "JMeter table",
            reported: [
                "total_requests": 250, "failed_requests": 0, "avg_latency_ms": 113, "p50_ms": 92,
                "p90_ms": 172, "p95_ms": 189, "p99_ms": 355, "min_ms": 71, "max_ms": 451,
                "error_rate": 0, "attempted": 25.12058,
            ]),
        SampleRow(
            file: "jmeter/aggregate-report-pt-decimal-comma.csv", format: "JMeter table",
            reported: [
                "total_requests": 20_000, "failed_requests": 8, "error_rate": 0.04,
                "attempted": 286.05346, "avg_latency_ms": 2898, "p50_ms": 149, "p90_ms": 21_413,
                "p95_ms": 22_006, "p99_ms": 27_965, "max_ms": 37_249,
            ]),
        SampleRow(
            file: "jmeter/headerless-10-columns.jtl", format: "JMeter CSV", samples: 3),
        SampleRow(file: "jmeter/httpsample-2011.xml", format: "JMeter XML", samples: 8),
        SampleRow(file: "jmeter/label-of-three-lines.jtl", format: "JMeter CSV", samples: 2),
        SampleRow(file: "jmeter/nested-crlf.xml", format: "JMeter XML", samples: 10),
        SampleRow(file: "jmeter/one-row-failed.csv", format: "JMeter CSV", samples: 1),
        SampleRow(file: "jmeter/sample-unicode.xml", format: "JMeter XML", samples: 2),
        SampleRow(file: "jmeter/sample-variables.jtl", format: "JMeter CSV", samples: 10),
        SampleRow(file: "jmeter/tabs.jtl", format: "JMeter CSV", samples: 4),
        SampleRow(file: "jmeter/text-response-code.jtl", format: "JMeter CSV", samples: 4),
        SampleRow(file: "jmeter/timestamp-text.csv", format: "JMeter CSV", samples: 3),
        SampleRow(
            file: "jmeter/timestamp-year-day-month.csv", refusal: "there is no month 20"),
        SampleRow(file: "jmeter/transactions-only.jtl", format: "JMeter CSV", samples: 2),
        SampleRow(file: "jmeter/unicode-labels.jtl", format: "JMeter CSV", samples: 13),
    ]

    static let locust = [
        SampleRow(
            file: "locust/stats-blank-line-after-each-row.csv", format: "Locust stats",
            reported: [
                "total_requests": 71_464, "failed_requests": 10_000, "p50_ms": 450, "p99_ms": 620,
                "avg_latency_ms": 223.833905555556, "min_ms": 196.10569999999944,
                "max_ms": 1993.6761999999989, "attempted": 119.314623051569123,
            ]),
        SampleRow(
            file: "locust/stats.csv", format: "Locust stats",
            reported: [
                "total_requests": 24_075, "failed_requests": 0, "p50_ms": 9, "p95_ms": 48,
                "p99_ms": 51, "p999_ms": 70, "p9999_ms": 330,
                "avg_latency_ms": 24.07668183967742, "rps": 399.2776804392128,
            ]),
        SampleRow(
            file: "locust/stats_history.csv", format: "Locust history", samples: 181,
            reported: [
                "total_requests": 24_075, "failed_requests": 0, "p50_ms": 9,
                "max_ms": 334.3184001278132,
            ]),
        SampleRow(
            file: "locust/windows-results_exceptions.csv", format: "Locust exceptions",
            reported: ["exceptions": 0]),
        SampleRow(
            file: "locust/windows-results_failures.csv", format: "Locust failures",
            reported: ["failed_requests": 0]),
        SampleRow(
            file: "locust/windows-results_stats.csv", format: "Locust stats",
            reported: [
                "total_requests": 15, "failed_requests": 0, "avg_latency_ms": 245.4,
                "p50_ms": 45, "p66_ms": 49, "min_ms": 42, "max_ms": 1029,
                "attempted": 1.9802136511718862,
            ]),
        SampleRow(
            file: "locust/windows-results_stats_history.csv", format: "Locust history", samples: 1,
            reported: ["total_requests": 0]),
    ]

    static let wrk = [
        SampleRow(
            file: "wrk/WrkResultsLong.wrk", format: "wrk text",
            reported: [
                "total_requests": 1045, "failed_requests": 0, "attempted": 205.68,
                "avg_latency_ms": 78_270, "stdev_ms": 31_110, "max_ms": 235_540,
                "received_bytes": 46.03 * 1_048_576, "duration_s": 1045 / 205.68,
            ]),
        SampleRow(
            file: "wrk/WrkResultsQuick.wrk", format: "wrk text",
            reported: [
                "total_requests": 1045, "avg_latency_ms": 78.27, "max_ms": 235.54,
                "duration_s": 5.08,
            ]),
        SampleRow(
            file: "wrk/WrkResultsWithErrors.wrk", format: "wrk text",
            reported: [
                "total_requests": 12, "failed_requests": 12, "error_rate": 100,
                "attempted": 11.63, "rps": 0, "stdev_ms": 0.05533,
            ]),
        SampleRow(
            file: "wrk/WrkResultsWithLatencyFlag.wrk", format: "wrk text",
            reported: ["total_requests": 18, "p50_ms": 40.25, "p75_ms": 46.51, "p99_ms": 46.51]),
        SampleRow(
            file: "wrk/mixed-shell-prompt-cut.txt", format: "wrk text",
            reported: [
                "total_requests": 3_321_980, "error_rate": 0, "attempted": 55_297.93,
                "avg_latency_ms": 16.84, "duration_s": 3_321_980 / 55_297.93,
            ]),
        SampleRow(
            file: "wrk2/cut-in-spectrum.txt", format: "wrk text",
            reported: ["p50_ms": 1295.359, "p75_ms": 1358.847, "p90_ms": 1543.167], losses: 1),
        SampleRow(
            file: "wrk2/minutes.txt", format: "wrk text",
            reported: [
                "total_requests": 270_826, "failed_requests": 1, "avg_latency_ms": 50_430,
                "p50_ms": 50_560, "p75_ms": 72_000, "p9999_ms": 93_000, "attempted": 2256.88,
                "duration_s": 270_826 / 2256.88,
            ]),
        SampleRow(
            file: "wrk2/nan-req-per-sec.txt", format: "wrk text",
            reported: [
                "total_requests": 3328, "p50_ms": 5120, "p99_ms": 9260, "attempted": 332.77,
                "duration_s": 10,
            ]),
        SampleRow(
            file: "wrk2/non-ascii-path-before.txt", format: "wrk text",
            reported: [
                "total_requests": 1_181_958, "avg_latency_ms": 20.66, "p50_ms": 0.666,
                "p75_ms": 0.98, "p999_ms": 467.2, "duration_s": 1_181_958 / 19_699.52,
            ]),
    ]
}
