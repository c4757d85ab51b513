/// What `tracker report` writes around the events in a page, each in a line of its own, and
/// `tracker import` finds.
package enum ReportMarks {
    package static let generator: StaticString =
        "<meta name=\"generator\" content=\"Local Tracker report\">"
    package static let opening: StaticString =
        "<script type=\"application/zstd\" id=\"tracker-events\" data-encoding=\"base64\">"
    package static let closing: StaticString = "</script>"
}
