import TrackerLog

/// Reads JSON values of one format, one after the other.
protocol ReportReader {
    mutating func read(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) throws(ImportError)
    /// After the last one.
    mutating func finish(into output: inout ImportOutput) throws(ImportError)
}

/// Each value is a report of its own.
struct DocumentReader: ReportReader {
    let type: any DocumentFormat.Type

    func read(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) throws(ImportError) { try type.read(value, into: &output) }

    func finish(into output: inout ImportOutput) {}
}

/// Each value is what the tool itself writes as a line.
struct LineReader: ReportReader {
    private var format: any LineFormat

    init(_ type: any LineFormat.Type) { format = type.init() }

    mutating func read(
        _ value: JSONValue, at place: ImportPlace, into output: inout ImportOutput
    ) throws(ImportError) {
        let result = unsafe value.lineBytes.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                let line = unsafe ImportLine(bytes: ByteView(buffer), place: place)
                try format.read(line, into: &output)
            }
        }
        try result.get()
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try format.finish(into: &output)
    }
}

extension JSONValue {
    /// As a line of text, without its end.
    var lineBytes: [UInt8] { Array(text.utf8) }
}
