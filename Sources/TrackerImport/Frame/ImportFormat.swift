package import TrackerLog

/// What all formats have. A format is a type with one of the four protocols below, and a line in
/// the list of its family.
package protocol ImportFormat: Sendable {
    /// Shown to people: the tool, and which of its files.
    static var name: String { get }
    static var tool: String { get }
    /// What a file of this format never has: in the loss report of each of its runs.
    static var lacks: [String] { get }
}

/// Read line by line, without line ends.
package protocol LineFormat: ImportFormat {
    /// By the first bytes alone, never by a name.
    static func recognises(_ head: FileHead) -> Bool
    init()
    /// - Throws: only where nothing of the file can be used. What is wrong with a line is given to
    ///   `output.lost`, and the next line is read.
    mutating func read(_ line: ImportLine, into output: inout ImportOutput) throws(ImportError)
    /// After the last line: closes the run.
    mutating func finish(into output: inout ImportOutput) throws(ImportError)
}

/// A table of cells in lines: CSV, with quotes, and cells of several lines.
package protocol RecordFormat: ImportFormat {
    static func recognises(_ head: FileHead) -> Bool
    /// What separates cells in this file.
    static func separator(_ head: FileHead) -> UInt8
    init()
    /// Whether the row that such a table ends with has been read. True of tables without one.
    var isWhole: Bool { get }
    /// Also the header, if there is one; empty lines are left out.
    mutating func read(_ record: ImportRecord, into output: inout ImportOutput) throws(ImportError)
    mutating func finish(into output: inout ImportOutput) throws(ImportError)
}

extension RecordFormat {
    package var isWhole: Bool { true }
}

/// One JSON value that is the whole file.
package protocol DocumentFormat: ImportFormat {
    static func recognises(_ document: JSONValue) -> Bool
    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError)
}

/// Anything else: bytes as they come.
package protocol StreamFormat: ImportFormat {
    static func recognises(_ head: FileHead) -> Bool
    init()
    /// Any number of bytes, which continue those of the last call.
    mutating func read(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError)
    mutating func finish(into output: inout ImportOutput) throws(ImportError)
}

/// A kind of file that is known and cannot be imported: says what to do instead.
package protocol RefusedFormat: ImportFormat {
    static func recognises(_ head: FileHead) -> Bool
    static var reason: String { get }
    static var advice: String { get }
    static func refusal(_ head: FileHead) -> ImportError
}

extension RefusedFormat {
    package static func refusal(_ head: FileHead) -> ImportError {
        .refused(format: name, reason: reason, advice: advice, place: nil)
    }
}

/// A format of any kind, for lists.
package enum AnyFormat: Sendable {
    case lines(any LineFormat.Type)
    case records(any RecordFormat.Type)
    case document(any DocumentFormat.Type)
    case stream(any StreamFormat.Type)
    case refused(any RefusedFormat.Type)

    package var type: any ImportFormat.Type {
        switch self {
        case .lines(let type): type
        case .records(let type): type
        case .document(let type): type
        case .stream(let type): type
        case .refused(let type): type
        }
    }
}
