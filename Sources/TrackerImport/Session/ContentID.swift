package import TrackerLog

/// Names a session by the bytes that it was imported from: the same bytes have the same name.
package struct ContentID {
    private var stream = XXHash64.Stream()

    package init() {}

    package mutating func add(_ bytes: UnsafeRawBufferPointer) { unsafe stream.add(bytes) }

    /// 16 hex digits.
    package var text: String { XXHash64.hex(stream.hash) }

    package static func session(_ text: String) -> SessionID {
        guard let id = SessionID(directoryName: "import-\(text)") else {
            preconditionFailure("the id of an import is no directory name: \(text)")
        }
        return id
    }
}
