/// Why an id cannot name a directory.
public enum IdentifierError: Error, Sendable, Hashable {
    case empty
    /// The encoded name would have this many bytes; `LogLimits.maxDirectoryNameBytes` are allowed.
    case tooLong(encodedBytes: Int)
}

/// The id of a user or of a session: any text; on disk it is `directoryName`.
///
/// Ids are compared as bytes. Two spellings that are equivalent in Unicode, such as `ü` as one
/// scalar or two, are different ids: equality, hash and order are those of the directory name,
/// which is ASCII and unique for the bytes.
///
/// Only the directory name is kept: a server with a hundred thousand sessions has several tables
/// of their ids, and most ids are their names.
public struct Identifier<Kind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let directoryName: String

    public var value: String { PercentEncoding.decode(directoryName) ?? directoryName }

    /// - Throws: when the text is empty or its directory name too long.
    public init(_ value: String) throws(IdentifierError) {
        directoryName = try DirectoryName.encode(value)
    }

    /// - Returns: `nil` when the text cannot name a directory.
    public init?(valid value: String) {
        // try? is right here: a caller that needs the reason uses `init(_:)`.
        guard let name = try? DirectoryName.encode(value) else { return nil }
        directoryName = name
    }

    /// - Returns: `nil` unless `directoryName` is the encoding of its own decoding.
    public init?(directoryName: String) {
        guard DirectoryName.isValid(directoryName) else { return nil }
        self.directoryName = directoryName
    }

    public var description: String { value }

    @inlinable
    public static func == (a: Self, b: Self) -> Bool { a.directoryName == b.directoryName }

    @inlinable
    public static func < (a: Self, b: Self) -> Bool { a.directoryName < b.directoryName }

    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(directoryName) }
}

/// What a `UserID` names.
public enum UserKind: Sendable {}
/// What a `SessionID` names.
public enum SessionKind: Sendable {}

public typealias UserID = Identifier<UserKind>
public typealias SessionID = Identifier<SessionKind>

/// Encodes ids as directory names: every byte outside `a-z 0-9 _ . -`, and a leading dot or dash,
/// becomes `%xx`. Each id has exactly one name, also on file systems that fold case, and no name
/// leads outside its folder.
enum DirectoryName {
    static func encode(_ value: String) throws(IdentifierError) -> String {
        guard !value.isEmpty else { throw .empty }
        if isUnchanged(value) { return value }
        var bytes: [UInt8] = []
        for (index, byte) in value.utf8.enumerated() {
            if isPlain(byte)
                && !(index == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")))
            {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            }
        }
        guard bytes.count <= LogLimits.maxDirectoryNameBytes else {
            throw .tooLong(encodedBytes: bytes.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the name is the encoding of its own decoding.
    static func isValid(_ name: String) -> Bool {
        if isUnchanged(name) { return true }
        // try? is right here: a name whose decoding cannot be encoded is not valid.
        guard let value = PercentEncoding.decode(name), let again = try? encode(value) else {
            return false
        }
        return again == name
    }

    /// Whether an id equals its directory name, as most do.
    private static func isUnchanged(_ value: String) -> Bool {
        let bytes = value.utf8
        guard (1...LogLimits.maxDirectoryNameBytes).contains(bytes.count),
            let first = bytes.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-")
        else { return false }
        return bytes.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension String {
    /// Whether no path of a page can hold it as an id: browsers and servers take it for a step.
    package var isPathStep: Bool { self == "." || self == ".." }
}
