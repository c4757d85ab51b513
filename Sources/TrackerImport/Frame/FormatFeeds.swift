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
            output.place = line.place
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
        var last: (bytes: [UInt8], place: ImportPlace)?
        let isEnded = splitter.endsWithReturn
        try splitter.finish { line throws(ImportError) in
            if let before = last { try read(before.bytes, before.place, into: &output) }
            last = (line.bytes.array, line.place)
        } tooLong: {
            long.append($0)
        }
        for place in long { output.lost(LineReasons.tooLong, at: place) }
        guard let last else { return try format.finish(into: &output) }
        // The last line has no end. Where the report misses its end as well, the last word of that
        // line may be a part of one, a number of a few digits: it is left out.
        let before = (format: format, output: output)
        try read(last.bytes, last.place, into: &output)
        try format.finish(into: &output)
        guard !isEnded, output.lostEnds > before.output.lostEnds else { return }
        (format, output) = before
        let end = last.bytes.lastIndex { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
        if let end { try read(Array(last.bytes[..<end]), last.place, into: &output) }
        try format.finish(into: &output)
        if output.lostEnds == before.output.lostEnds {
            output.lostEnd(of: "report", at: last.place)
        }
    }

    private mutating func read(
        _ line: [UInt8], _ place: ImportPlace, into output: inout ImportOutput
    ) throws(ImportError) {
        output.place = place
        let result = unsafe line.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in
                try unsafe format.read(
                    ImportLine(bytes: ByteView(buffer), place: place), into: &output)
            }
        }
        try result.get()
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
    /// Of the first row, which has the names in most tables.
    private var cells: Int?

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
        let isFirst = cells == nil
        var long: [ImportPlace] = []
        var splitter = moved(&self.splitter)
        defer { self.splitter = splitter }
        let isEnded = splitter.endsWithReturn
        var before: (format: any RecordFormat, output: ImportOutput, place: ImportPlace)?
        try splitter.finish { line throws(ImportError) in
            before = (format, output, line.place)
            try read(line, into: &output)
        } tooLong: {
            long.append($0)
        }
        // Where the row at the end is missing as well, the last number may have lost digits.
        if let before, !isFirst, !isEnded, open.isEmpty, !format.isWhole,
            output.losses.count == before.output.losses.count
        {
            (format, output) = (before.format, before.output)
            output.lost("the table ends within this row, or behind it", at: before.place)
        }
        for place in long { output.lost(LineReasons.tooLong, at: place) }
        while !open.isEmpty { try giveUpFirst(into: &output) }
        // Whoever wrote the names wrote the end of their line as well.
        if isFirst, cells != nil, !output.hasFound {
            output.lost("the file ends within the names of its columns", at: output.place ?? .start)
        }
        try format.finish(into: &output)
    }

    private mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        guard !open.isEmpty || Self.isOpen(line.bytes) else {
            if line.isBlank { return }
            let record = ImportRecord(line.bytes, separator: separator, place: line.place)
            return try read(record, into: &output)
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
                try read(record, into: &output)
            }
        }
        try result.get()
    }

    /// Two rows in one line are what `cat` makes of files whose last line has no end. The last cell
    /// of the one and the first of the other are one cell, and often a number: that of neither.
    private mutating func read(
        _ record: ImportRecord, into output: inout ImportOutput
    ) throws(ImportError) {
        let cells = cells ?? record.count
        self.cells = cells
        guard cells < ImportLimits.minJoinedCells || record.count < 2 * cells - 1 else {
            let reason = "\(record.count) cells, the first row has \(cells): two rows were joined"
            return output.lost(reason, at: record.place)
        }
        output.place = record.place
        try format.read(record, into: &output)
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
