/// Why the self-test could not try what it was asked to.
package struct SelfTestError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
