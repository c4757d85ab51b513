import Testing
import TrackerPages

@Suite("Parts of a page, and what has changed in them") struct PagePartTests {
    /// A page with a table and two figures of its own.
    private func page(
        rows: [String] = ["a", "b", "c", "d"], figure: String = "1", note: String? = nil
    ) throws -> PageParts {
        let table = rows.map { "<tr><th>\($0)</th><td>1 < 2</td></tr>\n" }
            .joined().replacing(" < ", with: " &lt; ")
        let text = """
            <!doctype html>
            <html lang="en" data-version="3">
            <head><title>Page \(figure)</title></head>
            <body><div id="page" data-live="parts">
            <p id="figure">\(figure)</p>
            <div class="two" id="inner" data-live="parts"><section id="one"><div><div>x</div></div>\
            </section><ul id="list"><li>first</li><li>\(figure)</li></ul>
            </div>
            \(note.map { "<p id=\"note\">\($0)</p>" } ?? "")
            <section id="runs"><table><thead><tr><th>Run</th></tr></thead><tbody>\(table)</tbody>\
            </table></section>
            </div></body></html>
            """
        return try #require(PageParts(Array(text.utf8)))
    }

    private func changes(
        from old: PageParts, to new: PageParts, later: Set<String> = [], lost: Set<String> = []
    ) throws -> (text: String, state: PageParts.State) {
        let changes = try #require(
            PageChanges(
                new, since: old.state, later: later, lost: lost, version: 4, name: "n-2"))
        return (String(decoding: changes.bytes, as: UTF8.self), changes.state)
    }

    private let head = """
        <!doctype html>
        <html lang="en" data-version="4" data-state="n-2" data-changes>

        """

    @Test("of a page that is as it was, nothing is sent but its title")
    func same() throws {
        #expect(try changes(from: page(), to: page()).text == head + "<title>Page 1</title>")
    }

    @Test("one row of a table is sent alone")
    func row() throws {
        let text = try changes(from: page(), to: page(rows: ["a", "b", "C", "d"])).text
        #expect(
            text == head + "<title>Page 1</title><template data-part=\"runs\" data-rows>"
                + "<template data-at=\"3\"><tr><th>C</th><td>1 &lt; 2</td></tr>\n</template>"
                + "</template>\n")
    }

    @Test("what is new stands among the rows that the reader has")
    func inserted() throws {
        let text = try changes(
            from: page(), to: page(rows: ["new", "a", "b", "d", "c", "a"])
        ).text
        let expected: String =
            "<thead><template data-keep=\"0-0\"></template></thead><tbody>"
            + "<tr><th>new</th><td>1 &lt; 2</td></tr>\n"
            + "<template data-keep=\"1-2\"></template><template data-keep=\"4-4\">"
            + "</template><template data-keep=\"3-3\"></template>"
            + "<tr><th>a</th><td>1 &lt; 2</td></tr>\n</tbody>"
        #expect(text.contains(expected))
    }

    @Test("parts within parts change apart from each other")
    func inner() throws {
        let text = try changes(from: page(), to: page(figure: "2")).text
        #expect(text.contains("<title>Page 2</title>"))
        #expect(
            text.contains("<template data-part=\"figure\"><p id=\"figure\">2</p></template>\n"))
        #expect(
            text.contains(
                "<template data-part=\"list\" data-rows><template data-at=\"1\"><li>2</li>"))
        #expect(!text.contains("data-part=\"one\"") && !text.contains("data-part=\"runs\""))
    }

    @Test("a part that is left for later is sent when it is asked for")
    func later() throws {
        let (old, new) = (try page(), try page(rows: ["A", "b", "c", "d"]))
        let first = try changes(from: old, to: new, later: ["runs", "one"])
        #expect(first.text.contains("data-changes data-late>") && !first.text.contains("<th>A"))
        let second = try #require(
            PageChanges(new, since: first.state, later: [], lost: [], version: 4, name: "n-2"))
        #expect(String(decoding: second.bytes, as: UTF8.self).contains("<th>A</th>"))
    }

    @Test("a part that the reader does not have is sent as a whole")
    func lost() throws {
        let text = try changes(from: page(), to: page(), lost: ["runs"]).text
        #expect(text.contains("<template data-part=\"runs\"><section id=\"runs\">"))
        #expect(text.contains("<th>d</th>") && !text.contains("data-keep"))
    }

    @Test("a page with other parts is another page")
    func others() throws {
        let (old, new) = (try page(), try page(note: "new"))
        #expect(
            PageChanges(new, since: old.state, later: [], lost: [], version: 4, name: "n") == nil)
    }

    @Test(
        "a page whose parts cannot be told apart has none",
        arguments: [
            "<div data-live=\"parts\"><p>no name</p></div>",
            "<div data-live=\"parts\">text<p id=\"a\">1</p></div>",
            "<div data-live=\"parts\"><p id=\"a\">1</p><p id=\"a\">2</p></div>",
            "<div data-live=\"parts\"><p id=\"a\">1", "<div data-live=\"parts\">",
            "<p id=\"a\">1</p>",
            "", "<", "<p",
        ])
    func none(page: String) {
        #expect(PageParts(Array(page.utf8)) == nil)
    }

    @Test("rows with rows of their own are no rows of the part")
    func nested() throws {
        let text =
            "<div data-live=\"parts\"><ul id=\"a\"><li>1<ul><li>2</li></ul></li></ul></div>"
        let parts = try #require(PageParts(Array(text.utf8)))
        let changed = try #require(PageParts(Array(text.replacing("2", with: "3").utf8)))
        let sent = try changes(from: parts, to: changed).text
        #expect(sent.contains("<ul id=\"a\"><li>1<ul><li>3</li></ul></li></ul></template>"))
    }
}
