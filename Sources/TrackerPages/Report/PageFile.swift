import TrackerLog

/// What a page has besides its content that is a file of its own: no server answers for it, so it
/// leads nowhere and asks for nothing.
package struct PageFile: Sendable {
    /// Base64 of zstd of lines of the log; empty if none are in the page.
    package var events: [UInt8]
    /// What these events are, for people: a sentence.
    package var holds: String

    package init(events: [UInt8], holds: String) {
        self.events = events
        self.holds = holds
    }
}

extension HTMLWriter {
    /// A complete page that needs nothing else: its style is in it, and it has no script.
    mutating func filePage(
        _ title: String, _ file: PageFile, now: Timestamp,
        _ content: (inout HTMLWriter) -> Void
    ) {
        raw(
            """
            <!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta \
            name="viewport" content="width=device-width, initial-scale=1">\n<meta \
            name="color-scheme" content="light dark">\n
            """
        )
        raw(ReportMarks.generator)
        // An icon that is named is not asked for.
        raw(
            """
            \n<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
            'unsafe-inline'; img-src data:">\n<link rel="icon" href="data:,">\n<title>
            """
        )
        text(title)
        raw(", Local Tracker</title>\n<style>\n")
        style(Assets.app_css.text)
        raw(
            """
            body { display: block; }
            .tools, .swap, .end, .more { display: none !important; }
            </style>\n</head>\n<body>\n<main id="main">\n<div class="page" id="page">\n
            """
        )
        content(&self)
        raw("<footer class=\"foot\" id=\"foot\"><p>Times are in ")
        zone()
        raw(". Percentiles come from merged histograms, within 0.4 %. Written ")
        time(now, as: .dateMinute)
        raw(" ")
        zone()
        raw(" by Local Tracker.</p><p>")
        text(file.holds)
        raw("</p></footer>\n</div>\n</main>\n")
        if !file.events.isEmpty { embedded(file.events) }
        raw("</body>\n</html>\n")
    }

    /// Lines of a length that every program can show.
    private mutating func embedded(_ events: [UInt8]) {
        raw(ReportMarks.opening)
        raw("\n")
        for start in stride(from: 0, to: events.count, by: ViewLimits.embeddedLine) {
            let line = events[start..<min(start + ViewLimits.embeddedLine, events.count)]
            // Base64 has no character that this would change.
            text(String(decoding: line, as: UTF8.self))
            raw("\n")
        }
        raw(ReportMarks.closing)
        raw("\n")
    }
}

/// What only the server's pages use is left out of a file: links lead nowhere from there (their
/// text stays), and no script asks where the rows of a chart are.
///
/// Within a text of the log there is no quotation mark, as `HTMLWriter` escapes it: what is found
/// is markup.
func withoutServerParts(_ page: [UInt8]) -> [UInt8] {
    let marks = [" href=\"/", " data-at=\""].map { Array($0.utf8) }
    var kept: [UInt8] = []
    kept.reserveCapacity(page.count)
    var at = 0
    while at < page.count {
        guard page[at] == UInt8(ascii: " "),
            let mark = marks.first(where: { page[at...].starts(with: $0) })
        else {
            kept.append(page[at])
            at += 1
            continue
        }
        at += mark.count
        while at < page.count, page[at] != UInt8(ascii: "\"") { at += 1 }
        at += 1
    }
    return kept
}
