/// Lines that stand in a segment and are not read, as they were found.
package struct SalvagedSection: Sendable {
    /// What speaks for the lines, where there is one that reads as a header.
    package var header: FrameHeader?
    /// As it stood, with its `\n`; empty where there is none.
    package var headerLine: [UInt8] = []
    /// Each with its `\n`.
    package var lines: [UInt8] = []
    package var lineCount = 0
    /// Whether a checksum vouches for every byte.
    package var isChecked: Bool
    /// Where its frame begins, or the stretch of bare lines that it is from.
    package var offset: Int
    /// Its place among the sections of the frame, from 0.
    package var ordinal = 0

    /// All lines are there that the header speaks for.
    package var isWhole: Bool { header.map { $0.events == lineCount } ?? true }
}

/// Divides a text that comes in pieces into sections. Memory is bounded by the limits of a line and
/// a section.
struct SectionCollector {
    private let emit: (SalvagedSection) -> Void
    /// Of content that no checksum vouches for, only what is an event is kept.
    private let keepsOnlyEvents: Bool
    private var section: SalvagedSection
    private var line: [UInt8] = []
    /// The line at hand is longer than any that is read.
    private var isTooLong = false
    /// Lines of a newer format are not touched.
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

    /// - Parameter isCut: what stands behind the last newline is then no line.
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
        // Too much for one section: no number can stand for it any more.
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
        let isSomething = section.lineCount > 0 || section.header?.events == 0
        if isSomething, !isNewer { emit(section) }
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
