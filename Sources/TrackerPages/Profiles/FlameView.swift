import TrackerProfile

extension HTMLWriter {
    /// The picture, the way to its frame, and the frames below it as a table: for a keyboard, and
    /// where there is no script.
    mutating func flamePanel(_ model: ProfileModel) {
        let note =
            model.flame.narrow > 0
            ? "\(NumberText.count(model.flame.narrow)) narrower frames are not drawn" : ""
        panel("flame", title: "Flame graph", note: note) { out in
            out.framePath(model)
            if model.flame.rectangles.isEmpty {
                out.element("p", class: "lead", "Nothing of this frame is in the profile.")
            } else {
                out.flame(model)
            }
            out.legend(model)
            out.calleeTable(model)
        }
    }

    private mutating func framePath(_ model: ProfileModel) {
        guard model.flame.path.count > 1 else { return }
        raw("<nav class=\"frames\" aria-label=\"Frames above\">")
        // The innermost ones: a deep stack is longer than a screen.
        for node in model.flame.path.dropLast().suffix(ViewLimits.namedFrames) {
            link(model.query.showing(node).text, class: "tag mono", model.functionName(of: node))
        }
        raw("</nav>")
    }

    private static let rowHeight = 18

    private mutating func flame(_ model: ProfileModel) {
        raw("<svg class=\"flame\" role=\"img\" width=\"100%\"")
        attribute("height", "\(model.flame.rows * Self.rowHeight)")
        attribute("aria-label", ProfileText.sentence(model))
        raw(">")
        for rectangle in model.flame.rectangles {
            // What has no name needs no picture of its own, which cuts a name: most frames.
            let isNamed = rectangle.width >= ViewLimits.namedFrameWidth
            raw(isNamed ? "<svg" : "<rect")
            attribute("data-node", "\(rectangle.node)")
            attribute("class", Self.colour(model, rectangle))
            raw(" x=\"")
            decimal(100 * rectangle.x)
            raw("%\" y=\"")
            int(rectangle.row * Self.rowHeight)
            raw("\" width=\"")
            decimal(100 * rectangle.width)
            raw("%\" height=\"17\"><title>")
            text(ProfileText.title(model, rectangle.node))
            raw("</title>")
            guard isNamed else {
                raw("</rect>")
                continue
            }
            raw("<rect width=\"100%\" height=\"17\"/>")
            let isWide = rectangle.width >= ViewLimits.namedFrameWidthOnPhones
            raw(isWide ? "<text x=\"4\" y=\"12.5\">" : "<text class=lo x=\"4\" y=\"12.5\">")
            text(model.functionName(of: rectangle.node))
            raw("</text></svg>")
        }
        raw("</svg>")
    }

    /// The strength of a colour grows with the change, up to this difference of the share.
    private static let strongestChange = 0.1

    private static func colour(
        _ model: ProfileModel, _ rectangle: FlameLayout.Rectangle
    ) -> String {
        guard case .two = model.content else {
            // Neighbours differ, so that their edges are seen.
            return "f\((rectangle.node &* 7 &+ rectangle.row) % 3)"
        }
        let change = model.change(rectangle.node)
        guard change != 0 else { return "same" }
        let strength = change.magnitude >= strongestChange ? 3 : change.magnitude >= 0.02 ? 2 : 1
        return "\(change > 0 ? "up" : "down")\(strength)"
    }

    private mutating func legend(_ model: ProfileModel) {
        raw("<p class=\"lead\">")
        switch model.content {
        case .one(let profile):
            text("The wider, the more samples had the frame on their stack. Format: ")
            text(profile.format)
            raw(".")
            notes(profile.notes)
        case .two(_, let before, let after):
            raw(
                """
                <span class="key up3">+</span> its function itself takes a larger share, \
                <span class="key down3">−</span> a smaller one, beyond what chance explains; \
                without a colour: no such difference. 
                """)
            text("\(ProfileText.samples(before.tree.sampled)) before, ")
            text("\(ProfileText.samples(after.tree.sampled)) after.")
            notes(before.notes + after.notes)
        }
        raw("</p>")
    }

    private mutating func notes(_ notes: [String]) {
        for note in notes {
            raw(" ")
            text(note.asSentence + ".")
        }
    }

    private mutating func calleeTable(_ model: ProfileModel) {
        let callees = model.callees
        guard !callees.isEmpty else { return }
        let shown = callees.prefix(ProfileLimits.listedFunctions)
        raw("<details class=\"more\"><summary>Frames below ")
        element("code", model.functionName(of: model.flame.path.last ?? 0))
        text(
            shown.count < callees.count
                ? ", \(shown.count) of \(NumberText.count(callees.count))" : "")
        raw("</summary>")
        scrollingTable("callees", label: "Frames below") { out in
            out.tableHead(["Frame", "|Share of all"])
            out.raw("<tbody>")
            for node in shown {
                out.raw("<tr><th scope=\"row\">")
                out.link(
                    model.query.showing(node).text, class: "link mono",
                    model.functionName(of: node))
                out.raw("</th>")
                out.cell("n", ProfileText.share(model.size(node)))
                out.raw("</tr>")
            }
            out.raw("</tbody>")
        }
        raw("</details>")
    }
}
