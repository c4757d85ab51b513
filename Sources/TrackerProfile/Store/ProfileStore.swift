import Dispatch
import Synchronization
import TrackerImport
package import TrackerLog

/// Profiles beside the log: `profiles/<hash>.zst`, the file as it was given, as frames of zstd.
///
/// A file is written before the event that names it, and never changed. The same bytes are stored
/// once, whoever attaches them.
package struct ProfileStore: Sendable {
    private let storage: any Storage

    package init(in storage: any Storage) { self.storage = storage }

    private static let folder = StoragePath("profiles")

    package static func path(of hash: ProfileHash) -> StoragePath {
        folder.appending("\(hash).zst")
    }

    /// Stores the file, if it is not there whole. On return it is on the disk.
    package func put(_ file: [UInt8]) throws -> ProfileHash {
        let hash = ProfileHash(of: file)
        // try? is right here: what cannot be read is written again.
        if let stored = try? bytes(of: hash), stored == file { return hash }
        let encoder = FrameEncoder()
        var packed: [UInt8] = []
        var at = 0
        repeat {
            let end = min(at + ProfileLimits.framedBytes, file.count)
            packed += try frame(Array(file[at..<end]), encoder)
            at = end
        } while at < file.count
        try storage.replace(
            Self.path(of: hash), with: packed, mark: ".\(UInt32.random(in: 0 ... .max))")
        return hash
    }

    /// Frames of the bytes: halves, where they do not become small enough for one.
    private func frame(_ bytes: [UInt8], _ encoder: FrameEncoder) throws(LogError) -> [UInt8] {
        do throws(LogError) {
            return try encoder.frame(of: bytes)
        } catch {
            guard case .frameTooLarge = error, bytes.count > 1 else { throw error }
            let half = bytes.count / 2
            return try frame(Array(bytes[..<half]), encoder)
                + frame(Array(bytes[half...]), encoder)
        }
    }

    /// - Throws: a `StorageError` where it cannot be read, a `ProfileError` where it is damaged.
    package func bytes(of hash: ProfileHash) throws -> [UInt8] {
        let file = try unpacked(hash)
        try check(ProfileHash(of: file), against: hash)
        return file
    }

    private func check(_ found: ProfileHash, against hash: ProfileHash) throws(ProfileError) {
        guard found != hash else { return }
        throw .storedDamaged(
            path: "\(Self.path(of: hash))",
            reason: "its content has another SHA-256 than its name")
    }

    private func unpacked(_ hash: ProfileHash) throws -> [UInt8] {
        let path = Self.path(of: hash)
        // Packed, the file as given may be a little longer than itself.
        let limit = ProfileLimits.maxBytes + ProfileLimits.maxBytes / 8
        let packed = try storage.readAll(path, limit: limit)
        do throws(WholeBody.Failure) {
            return try WholeBody.content(
                of: packed, kind: .zstd, limit: ProfileLimits.maxBytes)
        } catch {
            let reason =
                switch error {
                case .tooLong(let limit): "more than \(limit >> 20) MiB come out of it"
                case .damaged(let why): why
                }
            throw ProfileError.storedDamaged(path: "\(path)", reason: reason)
        }
    }

    package func has(_ hash: ProfileHash) -> Bool {
        // try? is right here: a file that cannot be opened cannot be shown.
        (try? storage.openForReading(Self.path(of: hash))) != nil
    }

    /// Reads the file while its hash is made: both take long.
    package func profile(_ hash: ProfileHash) throws -> KnownProfile {
        let file = try unpacked(hash)
        let found = Mutex<ProfileHash?>(nil)
        let read = Mutex<Result<KnownProfile, ProfileError>?>(nil)
        DispatchQueue.concurrentPerform(iterations: 2) { part in
            if part == 0 {
                let made = ProfileHash(of: file)
                found.withLock { $0 = made }
            } else {
                let made = Result { () throws(ProfileError) in try ProfileFormats.read(file) }
                read.withLock { $0 = made }
            }
        }
        try check(found.withLock { $0 } ?? ProfileHash(of: file), against: hash)
        return try read.withLock { $0 }?.get() ?? ProfileFormats.read(file)
    }
}
