import Glibc
public import TrackerLog

/// One call that a storage is asked to make.
public struct StorageCall: Sendable, Hashable, CustomStringConvertible {
    /// From 0, over all calls of the storage and its files.
    public var number: Int
    public var operation: StorageError.Operation
    /// From 0, over the calls of this operation.
    public var occurrence: Int
    public var path: String
    /// What an append was given; 0 for other calls.
    public var byteCount: Int

    public var description: String { "\(number) \(operation.rawValue) \(path)" }
}

/// What goes wrong in one call.
public enum Fault: Sendable, Hashable {
    /// The call does nothing and gives this `errno`.
    case error(Int32)
    /// An append takes only this many bytes, or all but one when it was given fewer.
    case short(Int)
    /// An append is taken, and read back, but does not reach the disk: the next sync of the file
    /// reports `EIO`, once, and no sync makes it last. Nothing is said at closing, as on a disk of
    /// one's own.
    case lost
    /// The process ends in the middle of the call: this many bytes of an append are there, and this
    /// and all later calls fail.
    case crash(afterBytes: Int)
}

/// Decides for each call what goes wrong.
public struct FaultPlan: Sendable {
    public var fault: @Sendable (StorageCall) -> Fault?

    public init(_ fault: @escaping @Sendable (StorageCall) -> Fault?) { self.fault = fault }

    public static let none = FaultPlan { _ in nil }

    /// The given faults at the given call numbers.
    public static func script(_ faults: [Int: Fault]) -> FaultPlan {
        FaultPlan { faults[$0.number] }
    }

    /// The given fault in some calls of one operation, counted from 0.
    public static func on(
        _ operation: StorageError.Operation, _ occurrences: Range<Int>, _ fault: Fault
    ) -> FaultPlan {
        FaultPlan { call in
            call.operation == operation && occurrences.contains(call.occurrence) ? fault : nil
        }
    }

    /// What the first plan has nothing for, the second decides.
    public func or(_ other: FaultPlan) -> FaultPlan {
        FaultPlan { fault($0) ?? other.fault($0) }
    }

    /// The process ends at the `n`-th call.
    public static func crash(at number: Int, afterBytes: Int = 0) -> FaultPlan {
        FaultPlan { $0.number >= number ? .crash(afterBytes: afterBytes) : nil }
    }

    /// `count` faults, each at a call below `calls` and of a kind that the call can have.
    public static func random(seed: UInt64, count: ClosedRange<Int>, calls: Int) -> FaultPlan {
        var generator = SeededGenerator(seed: seed)
        var kinds: [Int: UInt64] = [:]
        for _ in 0..<Int.random(in: count, using: &generator) {
            kinds[Int.random(in: 0..<calls, using: &generator)] = generator.next()
        }
        let faults = kinds
        return FaultPlan { call in
            faults[call.number].flatMap { fault(for: call, choice: $0) }
        }
    }

    /// A fault that the call can have on a real disk; `nil` where none is known.
    public static func fault(for call: StorageCall, choice: UInt64) -> Fault? {
        let errors: [Int32] =
            switch call.operation {
            case .append: [ENOSPC, EDQUOT, EFBIG, EIO]
            case .create: [ENOSPC, EDQUOT, EMFILE, EIO]
            case .createDirectory: [ENOSPC, EDQUOT, EIO]
            case .sync: [EIO, ENOSPC, EDQUOT]
            case .rename: [EIO, ENOSPC]
            case .close: [EIO, ENOSPC, EDQUOT]
            case .syncDirectory, .truncate, .read, .remove, .status: [EIO]
            case .open: [EMFILE, EIO]
            case .list: [EIO]
            case .lock: [ENOLCK]
            }
        if call.operation == .append {
            switch choice % 8 {
            case 0, 2, 4: return .short(Int(choice >> 3 % 4096))
            case 6: return .lost
            default: break
            }
        }
        guard !errors.isEmpty else { return nil }
        return .error(errors[Int((choice >> 8) % UInt64(errors.count))])
    }
}
