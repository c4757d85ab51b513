/// What a reader made of a file.
package struct ReadProfile: Sendable {
    package let tree: CallTree
    /// What of the file is not in the tree, each a sentence without its full stop.
    package let notes: [String]
}

/// A format of profiles.
protocol ProfileFormat: Sendable {
    static var name: String { get }
    /// How it is made, for an error.
    static var advice: String { get }
    static func recognises(_ bytes: [UInt8]) -> Bool
    static func read(_ bytes: [UInt8]) throws(ProfileError) -> ReadProfile
}
