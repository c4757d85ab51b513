import Glibc
import Testing
import TrackerImport

/// Where files of other people are: `TRACKER_IMPORT_SAMPLES`, else beside the repository. They are
/// no part of it, so these tests pass without them, and say so.
enum SampleFolder {
    static let path: String? = {
        let named = unsafe getenv("TRACKER_IMPORT_SAMPLES").map { unsafe String(cString: $0) }
        let path = named ?? "../shared/reference/samples"
        guard unsafe access(path, R_OK) == 0 else {
            print("skipped: there is no folder \(path) of real files")
            return nil
        }
        return path
    }()

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
    /// Reported numbers of the first run.
    var reported: [String: Double] = [:]
    var losses = 0
    var refusal = ""

    var testDescription: String { file }

    static let all: [SampleRow] = hey + vegeta + k6
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
    static let k6: [SampleRow] = []
}
