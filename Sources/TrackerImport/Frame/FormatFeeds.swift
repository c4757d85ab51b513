/// A reader at work: takes the bytes of one file in any pieces.
protocol FormatFeed {
    mutating func feed(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError)
    mutating func finish(into output: inout ImportOutput) throws(ImportError)
}

/// Not generic: generic code would look its own type up for each line.
struct LineFeed: FormatFeed {
    private var splitter = LineSplitter()
    private var format: any LineFormat

    init(_ type: any LineFormat.Type) { format = type.init() }

    mutating func feed(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        var long: [ImportPlace] = []
        var splitter = moved(&self.splitter)
        defer { self.splitter = splitter }
        try splitter.feed(bytes) { line throws(ImportError) in
            try format.read(line, into: &output)
        } tooLong: {
            long.append($0)
        }
        for place in long { output.lost(LineReasons.tooLong, at: place) }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var long: [ImportPlace] = []
        var splitter = moved(&self.splitter)
        defer { self.splitter = splitter }
        try splitter.finish { line throws(ImportError) in
            try format.read(line, into: &output)
        } tooLong: {
            long.append($0)
        }
        for place in long { output.lost(LineReasons.tooLong, at: place) }
        try format.finish(into: &output)
    }
}

/// Moves the splitter out, so that its bytes are not copied.
private func moved(_ splitter: inout LineSplitter) -> LineSplitter {
    var taken = LineSplitter()
    swap(&taken, &splitter)
    return taken
}

enum LineReasons {
    static let tooLong = "a line longer than \(ImportLimits.maxLineBytes >> 20) MiB was left out"
    static let openQuote = "a quote is not closed: this line was left out"
}

struct RecordFeed: FormatFeed {
    private var splitter = LineSplitter()
    private var format: any RecordFormat
    private let separator: UInt8
    /// Lines of a row that is not whole yet, each with its place.
    private var open: [(bytes: [UInt8], place: ImportPlace)] = []

    init(_ type: any RecordFormat.Type, head: FileHead) {
        separator = type.separator(head)
        format = type.init()
    }

    mutating func feed(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        var long: [ImportPlace] = []
        var splitter = moved(&self.splitter)
        defer { self.splitter = splitter }
        try splitter.feed(bytes) { line throws(ImportError) in
            try read(line, into: &output)
        } tooLong: {
            long.append($0)
        }
        for place in long { output.lost(LineReasons.tooLong, at: place) }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        var long: [ImportPlace] = []
        var splitter = moved(&self.splitter)
        defer { self.splitter = splitter }
        try splitter.finish { line throws(ImportError) in
            try read(line, into: &output)
        } tooLong: {
            long.append($0)
        }
        for place in long { output.lost(LineReasons.tooLong, at: place) }
        while !open.isEmpty { try giveUpFirst(into: &output) }
        try format.finish(into: &output)
    }

    private mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        guard !open.isEmpty || Self.isOpen(line.bytes) else {
            if line.isBlank { return }
            let record = ImportRecord(line.bytes, separator: separator, place: line.place)
            return try format.read(record, into: &output)
        }
        open.append((line.bytes.array, line.place))
        // A row ends with the line that makes its quotes even.
        guard open.count == 1 || !Self.isOpen(line.bytes) else { return try giveOpen(&output) }
        let bytes = open.reduce(0) { $0 + $1.bytes.count }
        if open.count > ImportLimits.maxRecordLines || bytes > ImportLimits.maxLineBytes {
            try giveUpFirst(into: &output)
        }
    }

    private static func isOpen(_ line: ByteView) -> Bool {
        guard var at = line.firstIndex(of: UInt8(ascii: "\"")) else { return false }
        var count = 1
        while let next = line.firstIndex(of: UInt8(ascii: "\""), from: at + 1) {
            count += 1
            at = next
        }
        return count % 2 == 1
    }

    private mutating func giveOpen(_ output: inout ImportOutput) throws(ImportError) {
        guard let place = open.first?.place else { return }
        let bytes = Array(open.map(\.bytes).joined(separator: [0x0A]))
        open = []
        let separator = separator
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                let record = unsafe ImportRecord(
                    ByteView(buffer), separator: separator, place: place)
                try format.read(record, into: &output)
            }
        }
        try result.get()
    }

    /// The first line has a quote that nothing closes; those after it are read again.
    private mutating func giveUpFirst(into output: inout ImportOutput) throws(ImportError) {
        let lines = open
        open = []
        guard let first = lines.first else { return }
        output.lost(LineReasons.openQuote, at: first.place)
        for line in lines.dropFirst() {
            let result = unsafe line.bytes.withUnsafeBytes { buffer in
                Result { () throws(ImportError) in
                    let again = unsafe ImportLine(bytes: ByteView(buffer), place: line.place)
                    try read(again, into: &output)
                }
            }
            try result.get()
        }
    }
}

struct StreamFeed: FormatFeed {
    private var format: any StreamFormat

    init(_ type: any StreamFormat.Type) { format = type.init() }

    mutating func feed(_ bytes: ByteView, into output: inout ImportOutput) throws(ImportError) {
        try format.read(bytes, into: &output)
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try format.finish(into: &output)
    }
}
