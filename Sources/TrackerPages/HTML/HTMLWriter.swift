import TrackerLog

/// Writes HTML as UTF-8 bytes.
///
/// Invariant: every method escapes run-time text. Markup is a `StaticString`, so it can only come
/// from this source code. There is no other way to append bytes.
package struct HTMLWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 64 << 10) { bytes.reserveCapacity(capacity) }

    /// Appends markup from this source code, unchanged.
    package mutating func raw(_ markup: StaticString) {
        markup.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends a style sheet from this source code without its comments, and without blanks where
    /// they mean nothing. Quoted text stays as it is.
    mutating func style(_ sheet: StaticString) {
        sheet.withUTF8Buffer { sheet in unsafe bytes += StyleSheet.compact(sheet) }
    }

    /// Appends escaped text, for the content of elements and for quoted attribute values.
    ///
    /// Control characters, and characters that change the direction of the surrounding text, are
    /// replaced by visible forms, so that no logged string can reorder or hide its neighbours.
    package mutating func text(_ text: String) {
        if text.utf8.allSatisfy(isPlainText) {
            bytes.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars { append(scalar) }
    }

    /// ` name="value"`, with a leading space.
    package mutating func attribute(_ name: StaticString, _ value: String) {
        raw(" ")
        raw(name)
        raw("=\"")
        text(value)
        raw("\"")
    }

    /// An integer in decimal.
    package mutating func int(_ value: Int) { bytes.append(contentsOf: String(value).utf8) }

    /// The data of a path. Its type guarantees that it has only digits, commands and separators.
    package mutating func pathData(_ path: SVGPath) { bytes.append(contentsOf: path.bytes) }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "&": raw("&amp;")
        case "<": raw("&lt;")
        case ">": raw("&gt;")
        case "\"": raw("&quot;")
        case "'": raw("&#39;")
        case "\n", "\t": bytes.append(UInt8(scalar.value))
        default:
            if let shown = VisibleText.pageForm(of: scalar) {
                bytes.append(contentsOf: shown.utf8)
            } else {
                bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}

/// Whether the byte is printable ASCII without a meaning in HTML, written unchanged.
private func isPlainText(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
        UInt8(ascii: "'"):
        false
    default: byte >= 0x20 && byte < 0x7F
    }
}

extension HTMLWriter {
    /// A number for CSS and SVG: ASCII, at most two decimals; NaN and infinity give 0.
    package mutating func decimal(_ value: Double) {
        let limited = value.isFinite ? min(max(value, -1e9), 1e9) : 0
        let hundredths = Int((limited * 100).rounded())
        if hundredths < 0 { raw("-") }
        int(Int(hundredths.magnitude / 100))
        let fraction = Int(hundredths.magnitude % 100)
        guard fraction > 0 else { return }
        raw(fraction < 10 ? ".0" : ".")
        int(fraction % 10 == 0 && fraction >= 10 ? fraction / 10 : fraction)
    }

    /// `<tag class="name">text</tag>`.
    mutating func element(_ tag: StaticString, class name: StaticString = "", _ content: String) {
        open(tag, class: name)
        text(content)
        close(tag)
    }

    mutating func open(_ tag: StaticString, class name: StaticString = "") {
        raw("<")
        raw(tag)
        if name.utf8CodeUnitCount > 0 {
            raw(" class=\"")
            raw(name)
            raw("\"")
        }
        raw(">")
    }

    mutating func close(_ tag: StaticString) {
        raw("</")
        raw(tag)
        raw(">")
    }

    /// `<a href="…">text</a>`.
    /// - Parameter path: from `sessionPath` or `queryText`, never a logged URL.
    mutating func link(_ path: String, class name: StaticString = "", _ content: String) {
        raw("<a")
        if name.utf8CodeUnitCount > 0 { attribute("class", name.description) }
        attribute("href", path)
        raw(">")
        text(content)
        raw("</a>")
    }

    /// One of several links of which one is chosen.
    mutating func choice(_ name: String, _ path: String, isOn: Bool) {
        raw("<a class=\"tag")
        if isOn { raw(" on\" aria-current=\"true") }
        raw("\"")
        attribute("href", path)
        raw(">")
        text(name)
        raw("</a>")
    }

    /// The format of a time. The script reads the raw value to show the same in local time.
    enum TimeForm: String { case clock, minute, recent, dateMinute, clockTenths }

    /// A `<time>` in UTC without its zone; `zone()` belongs next to it or in the column's header.
    mutating func time(_ time: Timestamp, as form: TimeForm, now: Timestamp = .epoch) {
        raw("<time")
        attribute("datetime", ClockText.machine(time))
        attribute("data-as", form.rawValue)
        raw(">")
        switch form {
        case .clock: text(ClockText.clock(time))
        case .clockTenths: text(ClockText.clockTenths(time))
        case .minute: text(ClockText.minute(time))
        case .recent: text(ClockText.recent(time, now: now))
        case .dateMinute: text(ClockText.dateMinute(time))
        }
        raw("</time>")
    }

    /// The zone of the shown times: UTC, until the script replaces it by the local one.
    mutating func zone() { raw("<span data-zone>UTC</span>") }

    /// A framed section with a heading.
    mutating func panel(
        _ id: StaticString, title: String, note: String = "", end: StaticString = "",
        _ body: (inout HTMLWriter) -> Void
    ) {
        raw("<section class=\"panel\" id=\"")
        raw(id)
        raw("\" aria-labelledby=\"")
        raw(id)
        raw("-h\"><header><h2 id=\"")
        raw(id)
        raw("-h\">")
        text(title)
        raw("</h2>")
        if !note.isEmpty { element("p", note) }
        raw(end)
        raw("</header>")
        body(&self)
        raw("</section>\n")
    }

    /// A table that scrolls horizontally within the page. Focusable, so that keys scroll it.
    mutating func scrollingTable(
        _ id: StaticString, label: String, class name: StaticString = "",
        _ body: (inout HTMLWriter) -> Void
    ) {
        raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" id=\"")
        raw(id)
        raw("\"")
        attribute("aria-label", label + ", scrolls sideways")
        raw(">")
        open("table", class: name)
        body(&self)
        raw("</table></div>")
    }

    /// A table header. The prefix `|` marks a column of numbers, `-` one that is hidden on a phone.
    mutating func tableHead(_ columns: [StaticString]) {
        raw("<thead><tr>")
        for column in columns {
            var name = column.description
            var isNumber = false
            var isLow = false
            if name.hasPrefix("-") { (isLow, name) = (true, String(name.dropFirst())) }
            if name.hasPrefix("|") { (isNumber, name) = (true, String(name.dropFirst())) }
            raw("<th scope=\"col\"")
            if isNumber || isLow {
                attribute("class", (isNumber ? "n" : "") + (isLow ? " lo" : ""))
            }
            raw(">")
            text(name)
            raw("</th>")
        }
        raw("</tr></thead>")
    }

    mutating func cell(_ name: StaticString, _ content: String) {
        element("td", class: name, content)
    }

    /// A quantile in a table; grey, with a text for screen readers, when too few samples are beyond
    /// it.
    mutating func quantileCell(
        _ name: StaticString, _ value: Double?, unit: String?, isFew: Bool
    ) {
        open("td", class: name)
        let shown = value.map { NumberText.cell($0, unit: unit) } ?? NumberText.none
        if isFew && value != nil {
            raw("<span class=\"few\" title=\"too few samples\">")
            text(shown)
            raw("<span class=\"sr\"> too few samples</span></span>")
        } else {
            text(shown)
        }
        raw("</td>")
    }
}
