import TrackerLog

/// The parts of a finished page that change apart from each other: the children of its elements
/// with `data-live="parts"`, and in each of them the rows of its tables and lists.
///
/// What is found is only places in the bytes: whatever a page is, its parts are in it.
package struct PageParts: Sendable {
    /// A child of an element with `data-live="parts"`.
    struct Part: Sendable {
        let name: String
        let range: Range<Int>
        /// Its rows, in their order.
        let rows: [Range<Int>]
    }

    /// What of a page tells whether a part has changed.
    package struct State: Sendable {
        /// Which parts there are, and where.
        let order: [String]
        var hashes: [String: PartHash]
    }

    struct PartHash: Sendable, Equatable {
        /// Of all but the rows, with their places.
        let frame: UInt64
        let rows: [UInt64]
    }

    let bytes: [UInt8]
    let parts: [Part]
    /// The names of the parts, each level of them in brackets.
    let order: [String]

    /// - Returns: `nil` for a page without parts, or one whose parts have no names.
    package init?(_ page: [UInt8]) {
        bytes = page
        var scanner = PartScanner(page)
        guard scanner.scan(), !scanner.parts.isEmpty else { return nil }
        parts = scanner.parts
        order = scanner.order
    }

    package var state: State {
        var hashes: [String: PartHash] = [:]
        for part in parts { hashes[part.name] = hash(of: part) }
        return State(order: order, hashes: hashes)
    }

    /// The page, with a name for what a reader of it has.
    package func named(_ name: String) -> [UInt8] {
        let tag = Array("<html".utf8)
        guard let place = bytes.firstRange(of: tag)?.upperBound else { return bytes }
        return bytes[..<place] + Array(" data-state=\"\(name)\"".utf8) + bytes[place...]
    }

    func hash(of part: Part) -> PartHash {
        var frame: [UInt8] = []
        var at = part.range.lowerBound
        for row in part.rows {
            frame += bytes[at..<row.lowerBound]
            frame.append(0)
            at = row.upperBound
        }
        frame += bytes[at..<part.range.upperBound]
        let rows = unsafe bytes.withUnsafeBytes { all in
            part.rows.map { unsafe XXHash64.hash(UnsafeRawBufferPointer(rebasing: all[$0])) }
        }
        return PartHash(frame: XXHash64.hash(frame), rows: rows)
    }
}

/// Finds the parts by tags alone: the writer escapes every `<` of a text.
private struct PartScanner {
    private let bytes: [UInt8]
    private(set) var parts: [PageParts.Part] = []
    private(set) var order: [String] = []

    private static let container = Array(" data-live=\"parts\"".utf8)
    private static let name = Array(" id=\"".utf8)
    /// What ends a row that has no end tag of its own.
    private static let rowEnds = ["<tr", "</tbody", "</thead", "<tbody", "</table"].map {
        Array($0.utf8)
    }
    private static let row = Array("<tr".utf8)
    private static let item = Array("<li".utf8)
    private static let itemEnd = Array("</li>".utf8)
    private static let table = Array("<table".utf8)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: whether every part has a name of its own.
    mutating func scan() -> Bool {
        var at = 0
        while let tag = nextTag(from: at) {
            guard has(Self.container, in: tag) else {
                at = tag.upperBound
                continue
            }
            guard let end = children(from: tag.upperBound) else { return false }
            at = end
        }
        return Set(parts.map(\.name)).count == parts.count
    }

    /// Takes the children of a container.
    /// - Returns: the place of its end tag.
    private mutating func children(from start: Int) -> Int? {
        order.append("(")
        var at = start
        while let tag = nextTag(from: at) {
            // Text between parts would belong to none.
            guard bytes[at..<tag.lowerBound].allSatisfy({ $0 == UInt8(ascii: "\n") }) else {
                return nil
            }
            if bytes[tag.lowerBound + 1] == UInt8(ascii: "/") {
                order.append(")")
                return tag.upperBound
            }
            guard let name = name(of: tag), let end = end(of: tag) else { return nil }
            order.append(name)
            if has(Self.container, in: tag) {
                guard children(from: tag.upperBound) == end else { return nil }
            } else {
                let range = tag.lowerBound..<end
                parts.append(PageParts.Part(name: name, range: range, rows: rows(in: range)))
            }
            at = end
        }
        return nil
    }

    /// The next tag, from `<` to behind `>`.
    private func nextTag(from start: Int) -> Range<Int>? {
        guard let open = bytes[start...].firstIndex(of: UInt8(ascii: "<")),
            let close = bytes[open...].firstIndex(of: UInt8(ascii: ">")), open + 1 < close
        else { return nil }
        return open..<close + 1
    }

    private func has(_ words: [UInt8], in tag: Range<Int>) -> Bool {
        place(of: words, in: tag) != nil
    }

    private func place(of words: [UInt8], in range: Range<Int>) -> Int? {
        guard range.count >= words.count else { return nil }
        return (range.lowerBound...range.upperBound - words.count).first { begins(words, at: $0) }
    }

    private func begins(_ words: [UInt8], at place: Int) -> Bool {
        guard place + words.count <= bytes.count else { return false }
        for (offset, byte) in words.enumerated() where bytes[place + offset] != byte {
            return false
        }
        return true
    }

    private func name(of tag: Range<Int>) -> String? {
        guard let place = place(of: Self.name, in: tag) else { return nil }
        let text = bytes[(place + Self.name.count)...].prefix { $0 != UInt8(ascii: "\"") }
        return String(decoding: text, as: UTF8.self)
    }

    /// The place behind the end tag of an element.
    private func end(of tag: Range<Int>) -> Int? {
        let word = bytes[tag.dropFirst()].prefix {
            $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ">")
        }
        let (open, close) = ([UInt8(ascii: "<")] + word, Array("</".utf8) + word)
        var (depth, at) = (1, tag.upperBound)
        while let place = bytes[at...].firstIndex(of: UInt8(ascii: "<")) {
            at = place + 1
            if begins(close, at: place), isEnd(ofWordAt: place + close.count) {
                depth -= 1
                guard depth > 0 else { return place + close.count + 1 }
            } else if begins(open, at: place), isEnd(ofWordAt: place + open.count) {
                depth += 1
            }
        }
        return nil
    }

    private func isEnd(ofWordAt place: Int) -> Bool {
        place < bytes.count
            && (bytes[place] == UInt8(ascii: ">") || bytes[place] == UInt8(ascii: " "))
    }

    /// The rows of a part; none where one has rows of its own.
    private func rows(in part: Range<Int>) -> [Range<Int>] {
        var rows: [Range<Int>] = []
        var at = part.lowerBound
        while let place = bytes[at..<part.upperBound].firstIndex(of: UInt8(ascii: "<")) {
            at = place + 1
            let end: Int?
            if begins(Self.row, at: place), isEnd(ofWordAt: place + Self.row.count) {
                end = rowEnd(from: at, to: part.upperBound)
            } else if begins(Self.item, at: place), isEnd(ofWordAt: place + Self.item.count) {
                end = itemEnd(from: at, to: part.upperBound)
            } else {
                continue
            }
            guard let end else { return [] }
            rows.append(place..<end)
            at = end
        }
        return rows
    }

    private func rowEnd(from start: Int, to limit: Int) -> Int? {
        var at = start
        while let place = bytes[at..<limit].firstIndex(of: UInt8(ascii: "<")) {
            if begins(Self.table, at: place) || begins(Self.item, at: place) { return nil }
            if Self.rowEnds.contains(where: { begins($0, at: place) }) { return place }
            at = place + 1
        }
        return nil
    }

    private func itemEnd(from start: Int, to limit: Int) -> Int? {
        var at = start
        while let place = bytes[at..<limit].firstIndex(of: UInt8(ascii: "<")) {
            if begins(Self.itemEnd, at: place) { return place + Self.itemEnd.count }
            if begins(Self.item, at: place), isEnd(ofWordAt: place + Self.item.count) { return nil }
            if begins(Self.table, at: place) { return nil }
            at = place + 1
        }
        return nil
    }
}
