/// What has changed in a page since a reader had it, as a page of templates that its script puts
/// in place:
///
/// ```html
/// <template data-part="kpis"><dl id="kpis">…</dl></template>
/// <template data-part="list" data-rows><template data-at="3"><tr>…</tr></template></template>
/// ```
///
/// A part whose rows alone have changed has those rows; any other is there as a whole, where
/// `<template data-keep="4-9">` stands for rows that the reader has, by their numbers.
package struct PageChanges: Sendable {
    /// The page of templates.
    package let bytes: [UInt8]
    /// What the reader has afterwards.
    package let state: PageParts.State

    /// - Parameters:
    ///   - known: what the reader has.
    ///   - later: names of parts that are left as they are, although they may have changed.
    ///   - lost: names of parts that the reader does not have as `known` says.
    /// - Returns: `nil` when there are other parts than before.
    package init?(
        _ page: PageParts, since known: PageParts.State, later: Set<String>, lost: Set<String>,
        version: Int, name: String
    ) {
        // Before anything is hashed, which takes longer.
        guard page.order == known.order else { return nil }
        var state = page.state
        var out = ChangeWriter(page: page.bytes)
        var isLate = false
        for part in page.parts {
            guard let new = state.hashes[part.name] else { continue }
            let old = lost.contains(part.name) ? nil : known.hashes[part.name]
            guard new != old else { continue }
            if later.contains(part.name) {
                isLate = true
                state.hashes[part.name] = known.hashes[part.name]
            } else if let old, old.frame == new.frame, old.rows.count == new.rows.count {
                out.rows(of: part, new, since: old)
            } else {
                out.whole(part, new, since: old)
            }
        }
        bytes = out.page(version: version, name: name, isLate: isLate)
        self.state = state
    }
}

/// Copies bytes of a page, which are written as HTML already.
private struct ChangeWriter {
    let page: [UInt8]
    private var out: [UInt8] = []

    init(page: [UInt8]) { self.page = page }

    func page(version: Int, name: String, isLate: Bool) -> [UInt8] {
        var head = "<!doctype html>\n<html lang=\"en\" data-version=\"\(version)\""
        head += " data-state=\"\(name)\" data-changes\(isLate ? " data-late" : "")>\n"
        return Array(head.utf8) + title + out
    }

    private var title: ArraySlice<UInt8> {
        let (open, close) = (Array("<title>".utf8), Array("</title>".utf8))
        guard let from = page.firstRange(of: open)?.lowerBound,
            let to = page[from...].firstRange(of: close)?.upperBound
        else { return [] }
        return page[from..<to]
    }

    private mutating func markup(_ text: String) { out += text.utf8 }

    private mutating func open(_ part: PageParts.Part, _ attribute: String = "") {
        // A name stands in the page as an attribute already.
        markup("<template data-part=\"\(part.name)\"\(attribute)>")
    }

    mutating func rows(
        of part: PageParts.Part, _ new: PageParts.PartHash, since old: PageParts.PartHash
    ) {
        open(part, " data-rows")
        for (at, row) in part.rows.enumerated() where old.rows[at] != new.rows[at] {
            markup("<template data-at=\"\(at)\">")
            out += page[row]
            markup("</template>")
        }
        markup("</template>\n")
    }

    mutating func whole(
        _ part: PageParts.Part, _ new: PageParts.PartHash, since old: PageParts.PartHash?
    ) {
        open(part)
        var places: [UInt64: [Int]] = [:]
        for (place, hash) in (old?.rows ?? []).enumerated().reversed() {
            places[hash, default: []].append(place)
        }
        var at = part.range.lowerBound
        var kept: ClosedRange<Int>?
        for (row, hash) in zip(part.rows, new.rows) {
            if row.lowerBound > at {
                keep(&kept)
                out += page[at..<row.lowerBound]
            }
            at = row.upperBound
            if let place = places[hash]?.popLast() {
                if let before = kept, before.upperBound + 1 == place {
                    kept = before.lowerBound...place
                } else {
                    keep(&kept)
                    kept = place...place
                }
            } else {
                keep(&kept)
                out += page[row]
            }
        }
        keep(&kept)
        out += page[at..<part.range.upperBound]
        markup("</template>\n")
    }

    private mutating func keep(_ rows: inout ClosedRange<Int>?) {
        guard let range = rows else { return }
        markup("<template data-keep=\"\(range.lowerBound)-\(range.upperBound)\"></template>")
        rows = nil
    }
}
