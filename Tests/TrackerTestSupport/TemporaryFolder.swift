import FoundationEssentials
import Glibc

/// A new folder that goes, with all in it, when the value goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    public struct CannotCreate: Error {
        public var code: Int32
    }

    public init() throws {
        var template = Array("/tmp/tracker-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw CannotCreate(code: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("left behind: \(path): \(error)")
        }
    }
}
