/// Bounds on what anybody may attach, so that a page of it stays small and quick.
package enum ProfileLimits {
    /// Bytes of a profile, unpacked. A minute at 99 samples a second has less than 10 MB in every
    /// format that is read.
    package static let maxBytes = 64 << 20
    /// Ways to reach a function. With each some 50 bytes, a tree has at most 50 MB.
    package static let maxNodes = 1 << 20
    /// Frames of a stack, counted from the root: more are the same few of a recursion. What is
    /// deeper counts at the last frame that is kept.
    package static let maxDepth = 512
    /// Bytes of a function's name: the full names of templates have kilobytes.
    package static let maxNameBytes = 512
    /// Bytes of a profile in one frame of its file: below what a reader of frames accepts.
    static let framedBytes = 8 << 20
    /// Rectangles of a picture: with some 200 bytes each a page has 800 kB, compressed 80.
    package static let maxRectangles = 4_000
    /// The smallest part of the width that is drawn: about one pixel of a wide screen.
    package static let minWidth = 1.0 / 1_600
    /// Functions in a table.
    package static let listedFunctions = 30
    /// Trees that a server keeps: one of each side of a comparison, for two readers.
    package static let keptTrees = 4
}
