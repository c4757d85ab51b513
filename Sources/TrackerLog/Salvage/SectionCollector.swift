/// Lines found in a damaged part of a segment, unchanged.
package struct SalvagedSection: Sendable {
    /// The header that covers the lines, if there is a valid one.
    package var header: FrameHeader?
    /// The header line as found, with its `\n`; empty without a header.
    package var headerLine: [UInt8] = []
    /// Each with its `\n`.
    package var lines: [UInt8] = []
    package var lineCount = 0
    /// Whether every byte is covered by a checksum.
    package var isChecked: Bool
    /// The file offset of its frame, or of the range of bare lines that it comes from.
    package var offset: Int
    /// Its index among the sections of the frame, from 0.
    package var ordinal = 0

    /// Whether all lines that the header covers were found.
    package var isWhole: Bool { header.map { $0.events == lineCount } ?? true }
}

/// Splits text that arrives in pieces into sections. Memory is bounded by the limits of a line and
/// a section.
struct SectionCollector {
    private let emit: (SalvagedSection) -> Void
    /// Without a checksum, only lines that are events are kept.
    private let keepsOnlyEvents: Bool
    private var section: SalvagedSection
    private var line: [UInt8] = []
    /// The current line is longer than a line may be.
    private var isTooLong = false
    /// The current section has a newer format: its lines are skipped.
    private var isNewer = false

    init(offset: Int, isChecked: Bool, emit: @escaping (SalvagedSection) -> Void) {
        self.emit = emit
        keepsOnlyEvents = !isChecked
        section = SalvagedSection(isChecked: isChecked, offset: offset)
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var rest = unsafe bytes
        while let end = unsafe firstIndex(of: 0x0A, in: rest) {
            unsafe take(UnsafeRawBufferPointer(rebasing: rest[...end]))
            endLine()
            unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
        }
        unsafe take(rest)
    }

    /// - Parameter isCut: whether the text after the last newline is incomplete and must be
    ///   dropped.
    mutating func finish(isCut: Bool) {
        if !isCut, !line.isEmpty {
            line.append(0x0A)
            endLine()
        }
        flush()
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard !isTooLong, line.count + bytes.count <= LogLimits.maxLineBytes + 1 else {
            isTooLong = true
            line = []
            return
        }
        unsafe line.append(contentsOf: bytes)
    }

    private mutating func endLine() {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        guard !isTooLong else { return }
        let isHeader = unsafe line.withUnsafeBytes { unsafe FrameHeader.isHeaderLine($0, at: 0) }
        guard !isHeader else { return beginSection() }
        guard !keepsOnlyEvents || isEvent else { return }
        section.lines.append(contentsOf: line)
        section.lineCount += 1
        let limit =
            section.header == nil ? SalvageLimits.bareSectionBytes : SalvageLimits.maxSectionBytes
        guard section.lines.count >= limit else { return }
        // Too large for one section: it cannot keep its identity.
        section.header = nil
        section.headerLine = []
        flush()
    }

    private mutating func beginSection() {
        flush()
        let parsed = unsafe line.withUnsafeBytes {
            unsafe FrameHeader.parse(UnsafeRawBufferPointer(rebasing: $0.dropLast()))
        }
        switch parsed {
        case .header(let header):
            section.header = header
            section.headerLine = line
        case .newer: isNewer = true
        case .invalid: break
        }
    }

    private mutating func flush() {
        let isWorthEmitting = section.lineCount > 0 || section.header?.events == 0
        if isWorthEmitting, !isNewer { emit(section) }
        section = SalvagedSection(
            isChecked: section.isChecked, offset: section.offset, ordinal: section.ordinal + 1)
        isNewer = false
    }

    private var isEvent: Bool {
        let text = line.dropLast()
        do throws(LineError) {
            _ = try EventParser.parse(Array(text))
            return true
        } catch {
            return false
        }
    }
}
