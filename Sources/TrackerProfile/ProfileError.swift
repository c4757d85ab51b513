/// Why a profile was not taken.
package enum ProfileError: Error, Sendable, Hashable {
    case empty
    case tooLarge(limit: Int)
    /// No reader knows it. `begins` is how it begins.
    case unknown(tried: [String], begins: String)
    /// It is known, and damaged.
    case damaged(format: String, reason: String)
    /// It was read, and no stack is in it.
    case noStacks(format: String, advice: String)
    case tooManyNodes(limit: Int)
    /// The stored file is not what its name says.
    case storedDamaged(path: String, reason: String)
}

extension ProfileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the file is empty: there is no stack in it"
        case .tooLarge(let limit):
            "more than \(limit >> 20) MiB unpacked: record for a shorter time or at a lower"
                + " frequency, or fold the stacks first"
        case .unknown(let tried, let begins):
            "no known profile: it begins with \"\(begins)\". Tried: "
                + tried.joined(separator: ", ")
                + ". docs/PROFILES.md says how each profiler writes one"
        case .damaged(let format, let reason): "\(format): \(reason)"
        case .noStacks(let format, let advice): "\(format): no stack is in it. \(advice)"
        case .tooManyNodes(let limit):
            "more than \(limit) different stacks: record for a shorter time"
        case .storedDamaged(let path, let reason):
            "\(path): \(reason). The log still says that it was attached; attach the file again"
        }
    }
}
