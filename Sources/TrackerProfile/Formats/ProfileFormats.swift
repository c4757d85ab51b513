import TrackerImport

/// A profile that was read, and of which format it was.
package struct KnownProfile: Sendable {
    package let format: String
    package let tree: CallTree
    package let notes: [String]
}

package enum ProfileFormats {
    /// In the order in which they are tried: those that any text could be come last.
    private static let all: [any ProfileFormat.Type] = [
        Speedscope.self, FirefoxProfile.self, PprofProfile.self, PerfScript.self,
        FoldedStacks.self,
    ]

    package static var names: [String] { all.map { $0.name } }

    /// Reads a file of any known format, by its content. gzip and zstd are unpacked first.
    package static func read(_ file: [UInt8]) throws(ProfileError) -> KnownProfile {
        guard !file.isEmpty else { throw .empty }
        let bytes = text(try unpacked(file))
        guard let format = all.first(where: { $0.recognises(bytes) }) else {
            throw .unknown(tried: names, begins: beginning(of: bytes))
        }
        let profile = try format.read(bytes)
        guard profile.tree.total > 0 else {
            throw .noStacks(format: format.name, advice: format.advice)
        }
        let cut =
            profile.tree.isCut
            ? [
                "stacks are cut after \(ProfileLimits.maxDepth) frames: what is deeper counts at"
                    + " the last of them"
            ] : []
        return KnownProfile(format: format.name, tree: profile.tree, notes: profile.notes + cut)
    }

    private static func unpacked(_ file: [UInt8]) throws(ProfileError) -> [UInt8] {
        let kind: WholeBody.Kind
        if file.starts(with: [0x1F, 0x8B]) {
            kind = .gzip
        } else if file.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            kind = .zstd
        } else {
            guard file.count <= ProfileLimits.maxBytes else {
                throw .tooLarge(limit: ProfileLimits.maxBytes)
            }
            return file
        }
        do throws(WholeBody.Failure) {
            return try WholeBody.content(of: file, kind: kind, limit: ProfileLimits.maxBytes)
        } catch {
            switch error {
            case .tooLong: throw .tooLarge(limit: ProfileLimits.maxBytes)
            case .damaged(let why): throw .damaged(format: kind.rawValue, reason: why)
            }
        }
    }

    /// Without a byte order mark, and from UTF-16, which PowerShell writes with `>`.
    private static func text(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        let isLittleEndian = bytes.starts(with: [0xFF, 0xFE])
        guard isLittleEndian || bytes.starts(with: [0xFE, 0xFF]) else { return bytes }
        let units = UTF16Units.of(bytes.dropFirst(2), isLittleEndian: isLittleEndian)
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// The first characters, those that cannot be shown as dots.
    private static func beginning(of bytes: [UInt8]) -> String {
        String(
            decoding: bytes.prefix(40).map { (0x20..<0x7F).contains($0) ? $0 : 0x2E },
            as: UTF8.self)
    }
}
