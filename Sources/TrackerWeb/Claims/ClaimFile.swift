import Glibc
package import TrackerLog

/// Why the claims cannot be read or changed.
package enum ClaimError: Error, Sendable, Hashable, CustomStringConvertible {
    case damaged
    case storage(StorageError)
    /// Another program changes them, and takes long.
    case locked
    case full

    package var description: String {
        let path = DataLayout.claims.description
        return switch self {
        case .damaged:
            "\(path) in the data folder is not a list of claims: put back a copy of it, or remove"
                + " it, which releases every user"
        case .storage(let error): "\(path): \(error)"
        case .locked: "\(path) is being changed by another program: try again"
        case .full:
            "\(WebLimits.maxClaims) users are claimed, and no more can be:"
                + " tracker user release makes room"
        }
    }
}

/// The claims of a data folder. The file has mode 0600, and is replaced in one step.
package struct ClaimFile: Sendable {
    let storage: any Storage

    package init(storage: any Storage) { self.storage = storage }

    /// What the file was when it was read; `nil`: it was not there.
    typealias Version = FileStatus?

    /// - Returns: none where there is no file.
    package func load() throws(ClaimError) -> [Claim] { try read().claims }

    func version() throws(ClaimError) -> Version {
        do throws(StorageError) {
            return try storage.openForReading(DataLayout.claims).status()
        } catch {
            guard error.code == ErrorCode.notFound else { throw .storage(error) }
            return nil
        }
    }

    func read() throws(ClaimError) -> (claims: [Claim], version: Version) {
        let bytes: [UInt8]
        let version = try version()
        do throws(StorageError) {
            bytes = try storage.readAll(DataLayout.claims, limit: WebLimits.maxClaimFileBytes)
        } catch {
            guard error.code == ErrorCode.notFound else { throw .storage(error) }
            return ([], nil)
        }
        guard let claims = ClaimText.parse(bytes) else { throw .damaged }
        return (claims, version)
    }

    /// Adds a claim, unless there is one of its user.
    /// - Returns: the claim that counts.
    func add(_ claim: Claim) throws(ClaimError) -> Claim {
        try change { claims throws(ClaimError) in
            if let first = claims.first(where: { $0.user == claim.user }) { return first }
            guard claims.count < WebLimits.maxClaims else { throw .full }
            claims.append(claim)
            return claim
        }
    }

    /// - Returns: the claim that was removed; `nil`: there was none.
    package func release(_ user: UserID) throws(ClaimError) -> Claim? {
        try change { claims throws(ClaimError) in
            guard let index = claims.firstIndex(where: { $0.user == user }) else { return nil }
            return claims.remove(at: index)
        }
    }

    private func change<Value>(
        _ body: (inout [Claim]) throws(ClaimError) -> Value
    ) throws(ClaimError) -> Value {
        let lock = try locked()
        var claims = try load()
        let before = claims
        let value = try body(&claims)
        do throws(StorageError) {
            if claims != before {
                try storage.replace(DataLayout.claims, with: ClaimText.bytes(of: claims))
            }
            try lock.close()
        } catch { throw .storage(error) }
        return value
    }

    private func locked() throws(ClaimError) -> any StorageFile {
        do throws(StorageError) {
            try storage.createDirectory(DataLayout.claimsLock.parent)
            let file = try storage.openOrCreate(DataLayout.claimsLock)
            for _ in 0..<Self.lockTries {
                if try file.lockExclusive() { return file }
                usleep(Self.lockWaitMicroseconds)
            }
        } catch { throw .storage(error) }
        throw .locked
    }

    /// Two seconds: it is held for two writes to the disk.
    private static let lockTries = 200
    private static let lockWaitMicroseconds: UInt32 = 10_000
}
