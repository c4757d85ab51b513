import TrackerLog

/// The page of a private server that asks a reader for the key.
/// - Parameters:
///   - path: where the form is sent.
///   - goal: a path, where the reader wants to go.
///   - problem: with the key that was sent before.
package func loginPage(path: String, goal: String, problem: String?) -> [UInt8] {
    var out = HTMLWriter(capacity: 8 << 10)
    out.page(PageFrame(title: "The key of this notebook", isLive: false, now: .epoch)) { out in
        out.crumb([("The key", nil)])
        out.raw(
            """
            <div class="panel empty" id="login"><h1>This notebook is private</h1>\
            <p>Its key opens it for this browser, until the server or the browser ends. It is the \
            <code>LOCAL_TRACKER_API_KEY</code> that the server was started with.</p>\n
            """)
        if let problem {
            out.raw("<p class=\"bad\" role=\"alert\">")
            out.text(problem)
            out.raw("</p>")
        }
        out.raw("<form method=\"post\" class=\"forms\"")
        out.attribute("action", path)
        out.raw("><input type=\"hidden\" name=\"to\"")
        out.attribute("value", goal)
        out.raw(
            """
            ><label>Key <input type="password" name="key" required autofocus \
            autocomplete="current-password"></label>\
            <button class="btn" type="submit">Open</button></form>\n
            <p>Given already, and here by a link of another site? <a class="link"
            """)
        out.attribute("href", goal)
        out.raw(">Go on</a>: browsers keep the cookie back on such a way.</p></div>\n")
    }
    return out.bytes
}
