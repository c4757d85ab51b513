/// The icons of the pages: 16 units square, in the colour of the surrounding text.
enum Icon {
    case list, compare, trend, target, users, storage
    case clock, load, commit, machine, theme, search, check, warning

    fileprivate var shape: StaticString {
        switch self {
        case .list: #"<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1"/>"#
        case .compare: #"<path d="M5 13V3M2.5 5.5 5 3l2.5 2.5M11 3v10M8.5 10.5 11 13l2.5-2.5"/>"#
        case .trend: #"<path d="M2 11.5 6 7.5l3 2.5 5-6M10.5 4H14v3.5"/>"#
        case .target: #"<circle cx="8" cy="8" r="5.8"/><circle cx="8" cy="8" r="2.2"/>"#
        case .users:
            """
            <circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 13.7c.6-3 2.6-4.4 5.2-4.4s4.6 1.4 5.2 \
            4.4"/>
            """
        case .storage:
            """
            <path d="M2.8 4c0-1.2 2.3-2 5.2-2s5.2.8 5.2 2v8c0 1.2-2.3 2-5.2 2s-5.2-.8-5.2-2zM2.8 \
            4c0 1.2 2.3 2 5.2 2s5.2-.8 5.2-2M2.8 8c0 1.2 2.3 2 5.2 2s5.2-.8 5.2-2"/>
            """
        case .clock: #"<circle cx="8" cy="8" r="5.8"/><path d="M8 4.8V8l2.2 1.5"/>"#
        case .load: #"<path d="M8.8 1.8 3.5 9H8l-.8 5.2L12.5 7H8z"/>"#
        case .commit: #"<circle cx="8" cy="8" r="2.3"/><path d="M1.5 8h4.2M10.3 8h4.2"/>"#
        case .machine:
            """
            <rect x="4" y="4" width="8" height="8" rx="1.5"/><path d="M6.5 1.8V4M9.5 1.8V4M6.5 \
            12v2.2M9.5 12v2.2M1.8 6.5H4M1.8 9.5H4M12 6.5h2.2M12 9.5h2.2"/>
            """
        case .theme: #"<path d="M13.3 9.7A5.8 5.8 0 0 1 6.3 2.7a5.8 5.8 0 1 0 7 7z"/>"#
        case .search: #"<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>"#
        case .check: #"<path d="m3 8.5 3.2 3.2L13 5"/>"#
        case .warning: #"<path d="M8 2.3 14.3 13H1.7zM8 6.4v3.1M8 11.4v.1"/>"#
        }
    }
}

extension HTMLWriter {
    mutating func icon(_ icon: Icon, size: Int = 16) {
        raw("<svg width=\"")
        int(size)
        raw("\" height=\"")
        int(size)
        raw(
            """
            " viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" \
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            """
        )
        raw(icon.shape)
        raw("</svg>")
    }

    /// The logo: a latency curve on its axes.
    mutating func brandMark() {
        raw(
            """
            <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" \
            stroke-width="2" stroke-linecap="round" stroke-linejoin="round" \
            aria-hidden="true"><path d="M2.5 2.5v15h15" opacity=".38"/><path d="M5 13.5c4.5 0 \
            8-.8 9.8-3.2 1.2-1.6 1.7-3.7 2.2-6.8"/></svg>
            """
        )
    }
}
