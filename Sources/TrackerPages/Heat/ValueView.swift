/// How the values over time are drawn.
package enum ValueView: String, Sendable, Hashable {
    case percentiles
    case heat
}
