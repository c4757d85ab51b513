/// How a session's number stands to those of its earlier sessions: beyond what they vary by.
package enum CatalogShift: String, Sendable, Hashable {
    case better, worse
}
