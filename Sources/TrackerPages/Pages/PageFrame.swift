import TrackerIndexer
import TrackerLog

/// The parts around the content of every page.
struct PageFrame {
    var title: String
    /// `nil` on a page without an index, such as an error page.
    var catalog: Catalog?
    /// The place in the notebook that the page is.
    var current: Place = .elsewhere
    /// Whether the page updates itself as the log grows.
    var isLive: Bool
    var now: Timestamp
}

/// The places that the side bar leads to.
enum Place: Sendable, Hashable {
    case sessions, compare, trends, users, storage
    case session(UserID, SessionID)
    case elsewhere
}

/// The path of the session list.
let sessionListPath = "/"
/// The path of the server-sent events that announce versions of the index.
let liveEventsPath = "/api/live"

extension HTMLWriter {
    /// A complete page around its content. Regions marked `data-live` can be replaced separately.
    mutating func page(_ chrome: PageFrame, _ content: (inout HTMLWriter) -> Void) {
        head(chrome)
        raw("<body>\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n")
        sideBar(chrome)
        raw("<header class=\"top\"><a class=\"brand\" href=\"/\">")
        brandMark()
        raw("Local Tracker</a>")
        narrowPlaces(chrome.current)
        raw("<a class=\"icon\" href=\"/#q\" aria-label=\"Search sessions\">")
        icon(.search)
        raw("</a>")
        themeButton()
        raw("</header>\n<main id=\"main\">\n<div class=\"page\" id=\"page\" data-live=\"parts\">\n")
        content(&self)
        footer(chrome)
        raw("</div>\n</main>\n")
        dialogs(chrome)
        raw("</body>\n</html>\n")
    }

    /// The breadcrumbs, and the notice that this is not the official scoring system.
    mutating func crumb(_ items: [(text: String, path: String?)]) {
        raw("<div class=\"crumb\" id=\"crumb\"><nav aria-label=\"Breadcrumb\">")
        for (index, item) in items.enumerated() {
            if index > 0 { raw("<span aria-hidden=\"true\">/</span>") }
            if let path = item.path {
                link(path, item.text)
            } else {
                element("span", item.text)
            }
        }
        raw(
            """
            </nav><p class="sandbox">Not the official scoring system: a private \
            sandbox</p></div>\n
            """
        )
    }

    private mutating func head(_ chrome: PageFrame) {
        raw("<!doctype html>\n<html lang=\"en\"")
        if let catalog = chrome.catalog, chrome.isLive {
            attribute("data-live-url", liveEventsPath)
            raw(" data-version=\"")
            int(catalog.version)
            raw("\"")
        }
        raw(
            """
            >\n<head>\n<meta charset="utf-8">\n<meta name="viewport" \
            content="width=device-width, initial-scale=1">\n
            """
        )
        raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
        text(chrome.title)
        raw(", Local Tracker</title>\n<link rel=\"icon\" type=\"image/svg+xml\"")
        attribute("href", Assets.icon_svg.path)
        raw(">\n<link rel=\"stylesheet\"")
        attribute("href", Assets.app_css.path)
        // Not deferred: the chosen theme must be set before the first paint.
        raw(">\n<script")
        attribute("src", Assets.app_js.path)
        raw("></script>\n</head>\n")
    }

    private mutating func themeButton() {
        raw(
            """
            <button class="icon" type="button" data-theme-toggle hidden aria-label="Switch \
            between light and dark">
            """
        )
        icon(.theme)
        raw("</button>")
    }

    private mutating func footer(_ chrome: PageFrame) {
        raw("<footer class=\"foot\" id=\"foot\"><p>Times are in ")
        zone()
        raw(". Percentiles come from merged histograms, within 0.4 %.</p>")
        if let catalog = chrome.catalog {
            raw("<p>")
            freshness(catalog.freshness, now: chrome.now)
            raw("</p>")
        }
        raw(
            """
            <p><button class="quiet" type="button" data-opens="palette" hidden>Actions \
            <kbd>Ctrl K</kbd></button> <button class="quiet" type="button" data-opens="keys" \
            hidden>Keys <kbd>?</kbd></button></p>
            """
        )
        raw("</footer>\n")
    }

    /// The state of the index: "Indexed up to 12:03:04.2 UTC, 0.3 s behind".
    mutating func freshness(_ freshness: Freshness, now: Timestamp) {
        raw("Indexed up to ")
        time(freshness.indexedAt, as: .clockTenths)
        raw(" ")
        zone()
        raw(", ")
        age(of: freshness, now: now)
        raw(" behind")
        if let problem = freshness.problem {
            raw(". <span class=\"e\">")
            text(problem)
            raw("</span>")
        }
    }

    /// How long ago the index looked at the log last. The page's script lets it grow, and takes the
    /// time of a later look from the stream.
    private mutating func age(of freshness: Freshness, now: Timestamp) {
        raw("<span data-age=\"")
        text("\(Int(freshness.indexedAt.milliseconds))")
        raw("\">")
        text(ClockText.duration(now.milliseconds(since: freshness.indexedAt)))
        raw("</span>")
    }

    private mutating func sideBar(_ chrome: PageFrame) {
        raw("<nav class=\"side\" aria-label=\"Notebook\">\n<div class=\"brand\"><a href=\"/\">")
        brandMark()
        raw("Local Tracker</a>")
        themeButton()
        raw("</div>\n<form class=\"search\" role=\"search\" method=\"get\"")
        attribute("action", sessionListPath)
        raw("><label class=\"sr\" for=\"side-q\">Search sessions, tags and targets</label>")
        icon(.search, size: 15)
        raw(
            """
            <input id="side-q" name="q" type="search" placeholder="Search, or tag:pool" \
            autocomplete="off"><kbd aria-hidden="true">/</kbd></form>\n
            """
        )
        guard let catalog = chrome.catalog else {
            navigation(count: nil, chrome.current)
            raw("</nav>\n")
            return
        }
        raw("<div class=\"side-live\" id=\"side-live\" data-live=\"parts\">")
        navigation(count: catalog.entries.count, chrome.current)
        recordings(catalog, now: chrome.now)
        recent(chrome, catalog)
        healthLine(catalog, now: chrome.now)
        raw("</div></nav>\n")
    }

    private mutating func navigation(count: Int?, _ current: Place) {
        raw("<div class=\"nav\" id=\"side-nav\">")
        for (path, icon, name, _, place) in Self.places {
            self.place(
                path, icon, name, isCurrent: place == current, place == .sessions ? count : nil)
        }
        raw("</div>\n")
    }

    /// The same places where the window has no room for the side bar.
    private mutating func narrowPlaces(_ current: Place) {
        raw("<nav class=\"places\" aria-label=\"Places\">")
        for (path, _, _, name, place) in Self.places {
            self.place(path, nil, name, isCurrent: place == current)
        }
        raw("</nav>")
    }

    private typealias Destination = (
        path: String, icon: Icon, name: StaticString, shortName: StaticString, place: Place
    )
    private static let places: [Destination] = [
        (sessionListPath, .list, "Sessions", "Sessions", .sessions),
        (comparePath, .compare, "Compare", "Compare", .compare),
        (targetsPath, .trend, "Targets and trends", "Trends", .trends),
        (usersPath, .users, "Users", "Users", .users),
        (storagePath, .storage, "Storage", "Storage", .storage),
    ]

    private mutating func place(
        _ path: String, _ icon: Icon?, _ name: StaticString, isCurrent: Bool, _ count: Int? = nil
    ) {
        raw("<a")
        attribute("href", path)
        if isCurrent { raw(" aria-current=\"page\"") }
        raw(">")
        if let icon { self.icon(icon) }
        raw(name)
        if let count { element("small", NumberText.count(count)) }
        raw("</a>")
    }

    private mutating func recordings(_ catalog: Catalog, now: Timestamp) {
        raw("<div class=\"recs\" id=\"side-rec\">")
        for entry in catalog.entries.lazy.filter({ $0.isRecording(now: now) })
            .prefix(ViewLimits.recordingCards)
        {
            raw("<a class=\"rec\"")
            attribute("href", sessionPath(user: entry.user, session: entry.session))
            raw(
                """
                ><span class="what"><i class="dot"></i><span class="sr">Recording: </span><b>
                """
            )
            text(entry.title)
            raw("</b>")
            if let first = entry.first {
                raw("<span class=\"t\">")
                let latest = max(now, entry.last ?? first)
                text(ClockText.elapsed(latest.milliseconds(since: first)))
                raw("</span>")
            }
            raw("</span>")
            if let headline = entry.headline { recorded(headline) }
            raw("</a>")
        }
        raw("</div>\n")
    }

    private mutating func recorded(_ headline: CatalogEntry.Headline) {
        raw("<span class=\"how\"><span>")
        if headline.isDuration {
            text(NumberText.rate(headline.throughput))
            raw("/s</span><span>p99 ")
            text(
                headline.p99.map { NumberText.quantity($0, unit: headline.unitText) }
                    ?? NumberText.none)
        } else {
            text(headline.medianText)
        }
        raw("</span></span>")
    }

    private mutating func recent(_ chrome: PageFrame, _ catalog: Catalog) {
        raw("<div class=\"list\" id=\"side-list\"><h3>Recent</h3><ul>")
        let shown = catalog.entries.lazy.filter { !$0.isArchived }
        for entry in shown.prefix(ViewLimits.recentSessions) {
            raw("<li><a")
            attribute("href", sessionPath(user: entry.user, session: entry.session))
            if chrome.current == .session(entry.user, entry.session) {
                raw(" aria-current=\"page\"")
            }
            raw(">")
            element("b", entry.title)
            raw("<span>")
            if let first = entry.first { time(first, as: .recent, now: chrome.now) }
            if let target = entry.targets.first {
                raw(", ")
                text(TargetText.short(target))
            }
            raw("</span>")
            sparkline(
                entry.headline?.p99OverTime ?? entry.reported?.overTime ?? [], width: 48,
                height: 20, line: "l90",
                isFilled: false)
            raw("</a></li>")
        }
        raw("</ul></div>\n")
    }

    private mutating func healthLine(_ catalog: Catalog, now: Timestamp) {
        let damaged = catalog.entries.count { !$0.isWhole }
        let isGood = damaged == 0 && catalog.freshness.problem == nil
        raw(isGood ? "<p class=\"health\"" : "<p class=\"health warn\"")
        raw(" id=\"side-health\">")
        icon(isGood ? .check : .warning, size: 14)
        raw("<span>")
        if damaged > 0 {
            text(
                "\(NumberText.count(damaged)) \(damaged == 1 ? "session" : "sessions")"
                    + " with damaged data"
            )
        } else if let problem = catalog.freshness.problem {
            text(problem)
        } else {
            raw("Index matches the log, ")
            age(of: catalog.freshness, now: now)
            raw(" ago")
        }
        raw("</span></p>")
    }
}

extension CatalogEntry {
    /// The session's name, else its id.
    var title: String { self.name ?? self.session.value }
    /// Whether a run has no end, and something was recorded lately.
    func isRecording(now: Timestamp) -> Bool {
        // One whose times are ahead has none, and says nothing about now.
        isRunning
            && last.map { now.milliseconds(since: $0) < ViewLimits.liveForMs }
                ?? (self.eventCount == 0)
    }
    var isWhole: Bool {
        self.badRegionCount == 0 && self.badLineCount == 0 && self.missingFrames == 0
            && self.lost == nil
    }
}

extension CatalogEntry.Headline {
    /// As logged, else derived from the suffix of the metric's name.
    var unitText: String { MetricChoice.unit(of: metric, logged: unit) ?? "" }
    /// `heap_bytes, median 12.3 MB`.
    var medianText: String {
        guard let p50 else { return metric }
        return "\(metric), median \(NumberText.quantity(p50, unit: unitText))"
    }
}

/// A target without its scheme.
enum TargetText {
    static func short(_ target: String) -> String {
        for scheme in ["http://", "https://"] where target.hasPrefix(scheme) {
            return String(target.dropFirst(scheme.count))
        }
        return target
    }
}
