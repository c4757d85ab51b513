package import TrackerIndexer
package import TrackerLog
import TrackerProfile

/// A profile as a flame graph, alone or against another one, and its functions as a table.
package func profilePage(_ model: ProfileModel, catalog: Catalog, now: Timestamp) -> [UInt8] {
    var out = HTMLWriter(capacity: 256 << 10)
    let summary = model.summary
    let title = "Profile: \(model.shown.name)"
    let chrome = PageFrame(
        title: title, catalog: catalog, current: .session(summary.user, summary.session),
        isLive: false, now: now)
    out.page(chrome) { out in
        out.crumb([
            ("Sessions", sessionListPath), (summary.user.value, nil),
            (
                summary.session.value,
                sessionPath(user: summary.user, session: summary.session)
            ), ("Profile", nil),
        ])
        out.raw("<header class=\"head\" id=\"head\"><h1>")
        out.text(title)
        out.raw("</h1>")
        out.element("p", class: "lead", ProfileText.sentence(model))
        out.raw("</header>\n")
        out.profileChoices(model)
        out.flamePanel(model)
        out.functionTable(model)
    }
    return out.bytes
}

extension HTMLWriter {
    /// With which profile this one is compared, and which of the two has the widths.
    fileprivate mutating func profileChoices(_ model: ProfileModel) {
        raw("<div class=\"tools\" id=\"choices\">")
        if case .two = model.content {
            var swapped = model.query
            swapped.isSwapped.toggle()
            raw("<a class=\"btn swap\" data-key=\"x\" title=\"Swap before and after (x)\"")
            attribute("href", swapped.text)
            raw(
                """
                ><span aria-hidden="true">⇄</span>\
                <span class="sr">Swap before and after</span></a>
                """)
            let (wide, other) =
                model.query.isSwapped
                ? (model.nameBefore ?? "", model.shown.name)
                : (model.shown.name, model.nameBefore ?? "")
            element("span", "Widths: \(wide). Against: \(other).")
        }
        if !model.others.isEmpty {
            raw("<nav class=\"tags\" aria-label=\"Compare with\">")
            for other in model.others.suffix(ViewLimits.offeredProfiles) {
                profileChoice(model, other)
            }
            raw("</nav>")
        }
        raw("</div>\n")
    }

    private mutating func profileChoice(_ model: ProfileModel, _ other: ProfileModel.Attached) {
        var query = ProfileQuery()
        let isOn = model.query.with == other.hash
        if !isOn { query.with = other.hash }
        raw(isOn ? "<a class=\"tag on\" aria-current=\"true\"" : "<a class=\"tag\"")
        attribute("href", query.text)
        raw(">")
        text(isOn ? "against \(other.name) ×" : "against \(other.name)")
        raw("</a>")
    }

    fileprivate mutating func functionTable(_ model: ProfileModel) {
        switch model.content {
        case .one(let profile): ownTable(profile)
        case .two(let pair, _, _): changeTable(pair)
        }
    }

    private mutating func ownTable(_ profile: KnownProfile) {
        let tree = profile.tree
        let (own, total) = (tree.ownByFunction, tree.totalByFunction)
        let order = own.indices.dropFirst().sorted { own[$0] > own[$1] }
        panel("functions", title: "Functions", note: Self.listed(order.count)) { out in
            out.scrollingTable("functions-t", label: "Functions") { out in
                out.tableHead(["Function", "|Itself", "|With what it called"])
                out.raw("<tbody>")
                for function in order.prefix(ProfileLimits.listedFunctions) {
                    out.raw("<tr>")
                    out.functionCell(tree.functions[function])
                    out.cell("n", ProfileText.share(own[function] / tree.total))
                    out.cell("n", ProfileText.share(total[function] / tree.total))
                    out.raw("</tr>")
                }
                out.raw("</tbody>")
            }
        }
    }

    private mutating func changeTable(_ pair: TreePair) {
        let own = pair.ownByFunction
        let order = own.indices.sorted {
            own[$0].difference.magnitude > own[$1].difference.magnitude
        }
        panel("functions", title: "What changed", note: Self.listed(order.count)) { out in
            out.scrollingTable("functions-t", label: "What changed") { out in
                out.tableHead([
                    "Function", "|Itself before", "|Itself after", "|Difference", "Chance",
                ])
                out.raw("<tbody>")
                for function in order.prefix(ProfileLimits.listedFunctions) {
                    out.raw("<tr>")
                    out.functionCell(pair.functions[function])
                    out.cell("n", ProfileText.share(own[function].before))
                    out.cell("n", ProfileText.share(own[function].after))
                    out.cell("n", ProfileText.difference(own[function].difference))
                    out.cell("", pair.change[function] == 0 ? "may explain it" : "does not")
                    out.raw("</tr>")
                }
                out.raw("</tbody>")
            }
        }
    }

    private static func listed(_ count: Int) -> String {
        let most = ProfileLimits.listedFunctions
        return count > most ? "the first \(most) of \(NumberText.count(count))" : ""
    }

    private mutating func functionCell(_ name: String) {
        raw("<th scope=\"row\">")
        element("code", name)
        raw("</th>")
    }
}
