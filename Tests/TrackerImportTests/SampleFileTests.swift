import Glibc
import Testing
import TrackerImport
import TrackerLog

/// Where files of other people are: `TRACKER_IMPORT_SAMPLES`, else beside the repository. They are
/// no part of it, so these tests pass without them, and say so.
enum SampleFolder {
    static let path: String? = {
        let named = unsafe getenv("TRACKER_IMPORT_SAMPLES").map { unsafe String(cString: $0) }
        let path = named ?? root + "/../shared/reference/samples"
        guard unsafe access(path, R_OK) == 0 else {
            print("skipped: there is no folder \(path) of real files")
            return nil
        }
        return path
    }()

    /// Of the repository, also where this file is read through a link.
    private static var root: String {
        let resolved = unsafe realpath(#filePath, nil)
        defer { unsafe free(resolved) }
        let file = unsafe resolved.map { unsafe String(cString: $0) } ?? #filePath
        return file.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    }

    static func bytes(_ name: String) -> [UInt8]? {
        guard let path, let file = unsafe fopen("\(path)/\(name)", "rb") else { return nil }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}

/// What a real file must give.
struct SampleRow: Sendable, CustomTestStringConvertible {
    var file: String
    /// `nil`: it is refused, with `refusal` in the message.
    var format: String?
    var runs = 1
    var samples = 0
    /// Distributions, and how many values they count.
    var distributions = 0
    var counted = 0
    /// Reported numbers of the first run.
    var reported: [String: Double] = [:]
    var losses = 0
    var refusal = ""

    var testDescription: String { file }

    static let all: [SampleRow] = [
        hey, vegeta, k6, jmeter, locust, wrk, gatling, ab, siege, h2load,
        oha, hdr, fortio, benches, otherTools, expositions,
    ].flatMap { $0 }
}

@Suite("Import: files that other people's tools wrote")
struct SampleFileTests {
    @Test(arguments: SampleRow.all)
    func row(_ row: SampleRow) {
        guard let bytes = SampleFolder.bytes(row.file) else { return }
        let imported = Imported(bytes)
        guard let format = row.format else {
            #expect("\(imported.error.map { "\($0)" } ?? "imported")".contains(row.refusal))
            return
        }
        #expect(imported.error == nil)
        #expect(imported.format == format)
        #expect(imported.runs.count == row.runs)
        #expect(imported.samples.count == row.samples)
        if row.counted > 0 {
            #expect(imported.distributions.count == row.distributions)
            #expect(imported.distributions.reduce(0) { $0 + $1.count } == row.counted)
        }
        #expect(imported.losses.count == row.losses, "\(imported.losses.text ?? "")")
        for (name, value) in row.reported {
            let found = imported.reported(name)
            #expect(
                found.map { abs($0 - value) <= 1e-9 * abs(value) } == true, "\(name) \(found ?? -1)"
            )
        }
        #expect(Imported(bytes, pieces: [1, 1_000, 3]).lines == imported.lines)
    }
}

extension SampleRow {
    static let hey = [
        SampleRow(
            file: "hey/text-mixed-command.txt", format: "hey text",
            reported: [
                "total_requests": 49_920, "failed_requests": 0, "error_rate": 0,
                "attempted": 1377.5186, "rps": 1377.5186, "avg_latency_ms": 79.4, "p99_ms": 438.9,
                "p10_ms": 48.5, "max_ms": 9863.7, "duration_s": 36.2391,
                "received_bytes": 2_046_720,
            ])
    ]
    static let vegeta = [
        SampleRow(
            file: "vegeta/text-2014-no-p50.txt", format: "vegeta text",
            reported: [
                "total_requests": 15_000, "failed_requests": 0, "avg_latency_ms": 5.28031,
                "p95_ms": 2.329778, "p99_ms": 3002.067645, "duration_s": 30.010003254,
            ]),
        SampleRow(
            file: "vegeta/text-2018.txt", format: "vegeta text",
            reported: [
                "total_requests": 200, "failed_requests": 13, "error_rate": 6.5,
                "attempted": 19.35, "p50_ms": 451.048775, "max_ms": 2641.028633,
            ]),
    ]
    static let k6 = [
        SampleRow(
            file: "k6/ndjson-2024-empty-tags.json", format: "k6 NDJSON", samples: 28,
            reported: [
                "total_requests": 8, "failed_requests": 1, "sent_bytes": 8744,
                "received_bytes": 69_579, "iterations": 8,
            ]),
        SampleRow(
            file: "k6/csv-no-metadata-column.csv", format: "k6 CSV", samples: 16,
            reported: [
                "total_requests": 4, "failed_requests": 2, "sent_bytes": 716,
                "received_bytes": 11_208, "iterations": 4,
            ]),
        SampleRow(
            file: "k6/summary-export-legacy.json", format: "k6 summary (--summary-export)",
            reported: [
                "avg_latency_ms": 201.1776953322089, "p50_ms": 201.175708, "p99_ms": 203.202481,
                "total_requests": 9777, "failed_requests": 0, "vus_max": 212,
                "dropped_iterations": 223,
            ]),
        SampleRow(
            file: "k6/handlesummary-one-line.json", format: "k6 summary (handleSummary)",
            reported: [
                "avg_latency_ms": 34.63062962962964, "p95_ms": 114.5203, "duration_s": 30.793046,
                "checks_passed": 108, "failed_requests": 0, "total_requests": 108,
            ]),
        SampleRow(file: "k6/handlesummary-custom-shape.json", format: nil, refusal: "own shape"),
    ]
}
