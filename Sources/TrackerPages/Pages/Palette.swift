import TrackerIndexer
import TrackerLog

/// What the palette of commands offers on a page: the places of the notebook and what belongs to
/// the page's own. The script adds what the page itself holds: its sections, buttons, choices and
/// the sessions of the side bar.
struct Palette {
    struct Action {
        var title: String
        var path: String
        /// In grey behind it: where it leads, or what it filters.
        var note: String
    }

    var actions: [Action] = []

    init(_ place: Place, _ catalog: Catalog?) {
        switch place {
        case .sessions:
            for order in CatalogFilter.Order.allCases {
                var query = SessionListQuery()
                query.order = order
                actions.append(Action(title: "Sort by \(order.words)", path: query.path, note: ""))
            }
        case .session(let user, let session): addSession(user, session, catalog)
        case .compare, .trends, .users, .storage, .elsewhere: break
        }
        for (filter, title) in Self.filters {
            actions.append(
                Action(title: title, path: SessionListQuery(text: filter).path, note: filter))
        }
        actions += [
            Action(title: "Sessions", path: sessionListPath, note: "go to"),
            Action(title: "Compare", path: comparePath, note: "go to"),
            Action(title: "Targets and trends", path: targetsPath, note: "go to"),
            Action(title: "Users", path: usersPath, note: "go to"),
            Action(title: "Storage", path: storagePath, note: "go to"),
        ]
    }

    private static let filters = [
        ("is:running", "Sessions that record"), ("is:failed", "Sessions that failed"),
        ("worse", "Sessions that are worse than those before"),
        ("is:damaged", "Sessions with damage"), ("since:today", "Sessions of today"),
        ("is:archived", "Archived sessions"),
    ]

    private mutating func addSession(_ user: UserID, _ session: SessionID, _ catalog: Catalog?) {
        let name = "\(user)/\(session)"
        actions.append(
            Action(
                title: "Compare this session with another",
                path: CompareQuery(b: [name]).path, note: ""))
        actions.append(
            Action(
                title: "This session as JSON",
                path: "/api/v1" + sessionPath(user: user, session: session), note: ""))
        guard
            let entry = catalog?.entries.first(where: { ($0.user, $0.session) == (user, session) })
        else { return }
        for target in entry.targets.prefix(ViewLimits.paletteTargets) {
            actions.append(
                Action(
                    title: "Trend of \(TargetText.short(target))",
                    path: TrendQuery(target: target).path, note: ""))
        }
        let filter = SessionGroup(head: entry).filter
        actions.append(
            Action(
                title: "Sessions like this one", path: SessionListQuery(text: filter).path,
                note: filter))
    }
}

extension CatalogFilter.Order {
    fileprivate var words: String {
        switch self {
        case .newest: "start, newest first"
        case .oldest: "start, oldest first"
        case .rate: "requests per second"
        case .samples: "number of samples"
        case .errors: "share of errors"
        case .runs: "number of runs"
        case .events: "number of events"
        case .name, .user, .target, .p50, .p99: rawValue
        }
    }
}

extension HTMLWriter {
    /// The palette, and the help on keys. Both are closed, and nothing without a script.
    mutating func dialogs(_ chrome: PageFrame) {
        raw(
            """
            <dialog class="palette" id="palette" aria-label="Actions"><div class="search">\
            <label class="sr" for="palette-q">What to do, or where to go</label>
            """
        )
        icon(.search, size: 15)
        raw(
            """
            <input id="palette-q" type="text" placeholder="What to do, or where to go" \
            autocomplete="off"></div><ul id="palette-list">
            """
        )
        for action in Palette(chrome.current, chrome.catalog).actions {
            raw("<li><a")
            attribute("href", action.path)
            raw(">")
            text(action.title)
            if !action.note.isEmpty { element("small", action.note) }
            raw("</a></li>")
        }
        raw(
            """
            <li><button type="button" data-does="theme">Switch between light and dark</button>\
            </li><li><button type="button" data-does="keys">Keys of this page<small>?</small>\
            </button></li></ul><p id="palette-none" role="status"></p></dialog>\n
            """
        )
        keyHelp(chrome.current)
    }

    private mutating func keyHelp(_ place: Place) {
        raw("<dialog class=\"palette\" id=\"keys\" aria-labelledby=\"keys-h\"><h2 id=\"keys-h\">")
        raw("Keys</h2><dl>")
        key(["/"], "Search sessions")
        key(["Ctrl K", "⌘ K"], "Every action of this page, and every place")
        key(["?"], "This help")
        switch place {
        case .sessions:
            key(["j", "k"], "The next session, the one before", needs: "main .ses th > a")
            key(["Enter"], "Open the session", needs: "main .ses th > a")
            key(["x"], "Tick the session, to compare it", needs: "main .ses th > a")
        case .compare:
            key(["x"], "Swap A and B", needs: "[data-key=x]")
            key(["1", "2", "3"], "Over time, percentile curves, what changed", needs: "#forest")
        case .session:
            key(["c"], "Compare with what the verdict is about", needs: "[data-key=c]")
            key(["x"], "Swap the two profiles", needs: "[data-key=x]")
            key(
                ["1", "2", "3"], "Over time, the distribution, the comparison",
                needs: "#over-time, #distribution, #curve")
            key(
                ["←", "→"], "Step through a chart that has the focus; with Shift ten at a time",
                needs: "[data-zoom]")
            key(
                ["Enter"], "Mark in the chart where a span begins, then where it ends",
                needs: "[data-zoom]")
            key(["p"], "Pin the column of the heat map", needs: "#heat-map-as")
        case .trends, .users, .storage, .elsewhere:
            key(["j", "k"], "The next row, the one before", needs: "main .ses th > a")
            key(["Enter"], "Open it", needs: "main .ses th > a")
        }
        key(["Esc"], "Close; show the whole chart again")
        raw(
            """
            </dl><p><button class="btn small" type="button" data-closes>Close</button></p>\
            </dialog>\n
            """
        )
    }

    /// - Parameter needs: what a page has on which the key does something.
    private mutating func key(
        _ keys: [StaticString], _ meaning: StaticString, needs: StaticString? = nil
    ) {
        raw("<div")
        if let needs { attribute("data-needs", needs.description) }
        raw("><dt>")
        for (index, key) in keys.enumerated() {
            if index > 0 { raw(" ") }
            open("kbd")
            raw(key)
            raw("</kbd>")
        }
        raw("</dt><dd>")
        raw(meaning)
        raw("</dd></div>")
    }
}
