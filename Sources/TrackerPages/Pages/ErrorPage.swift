import TrackerLog

/// A page that says what went wrong and what to do.
/// - Parameters:
///   - title: what happened; never text from the request.
///   - advice: what to do.
package func errorPage(status: Int, title: String, advice: String) -> [UInt8] {
    var out = HTMLWriter(capacity: 8 << 10)
    out.page(PageFrame(title: title, isLive: false, now: .epoch)) { out in
        out.crumb([("Sessions", sessionListPath), (String(status), nil)])
        out.raw("<div class=\"panel empty\" id=\"error\"><h1>")
        out.text(title)
        out.raw("</h1><p>")
        out.text(advice)
        out.raw("</p><p><a class=\"link\" href=\"/\">See all sessions</a></p></div>\n")
    }
    return out.bytes
}
