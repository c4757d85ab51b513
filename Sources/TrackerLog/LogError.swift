/// Why something was not written to the log.
public enum LogError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The disk refused the append.
    case storage(StorageError)
    /// The append may be in the log, but a power cut may lose it: the sync failed twice.
    case notDurable(StorageError)
    case frameTooLarge(bytes: Int, limit: Int)
    case compressionFailed(code: Int)
    /// An event that the format cannot store: a number that is not finite, an empty metric, too
    /// many labels.
    case invalidEvent(index: Int)
    /// A client's identity that no reader accepts: its writer is empty or too long, or its seq is
    /// out of range.
    case invalidIdentity(FrameIdentity)
    /// The disk was asked and has not answered for this long: neither success nor failure. The
    /// events may be recorded, now or later, so a retry counts once only if it has the same
    /// identity.
    case noAnswer(milliseconds: Int)
    /// Earlier appends have kept the disk busy for this long. None of this append is in the log,
    /// and none of it will be.
    case withdrawn(milliseconds: Int)
    /// This much already waits for a disk that does not answer. None of this append is in the log.
    case queueFull(bytes: Int)
    /// The writer has been closed.
    case closed
    /// The data folder has a format that this program does not know, or does not say which it has.
    /// Nothing was written.
    case dataFolder(DataFolderError)
    case identifier(IdentifierError)

    public var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .notDurable(let error): "written, but a power cut may lose it: \(error)"
        case .frameTooLarge(let bytes, let limit):
            "a frame of \(bytes) bytes exceeds the limit of \(limit) bytes:"
                + " append fewer events at once"
        case .compressionFailed(let code): "zstd could not compress (code \(code))"
        case .invalidEvent(let index):
            "event \(index) cannot be written: its number is not finite, its metric does not have"
                + " 1 to \(LogLimits.maxMetricLength) characters, a name has more than"
                + " \(LogLimits.maxNameBytes) bytes, or its labels are more than"
                + " \(LogLimits.maxLabels) or name one twice"
        case .invalidIdentity(let identity):
            "the identity seq \(identity.seq) of writer \"\(identity.writer.prefix(40))\" cannot be"
                + " used: the writer needs 1 to \(LogLimits.maxNameBytes) bytes and seq must be 0"
                + " or more"
        case .noAnswer(let milliseconds):
            "the disk has not answered for \(milliseconds) ms: the events may be recorded, now or"
                + " later; sent again they count once only under the identity of the first time"
        case .withdrawn(let milliseconds):
            "the disk has been busy with earlier events for \(milliseconds) ms: none of these is"
                + " recorded; send them again later"
        case .queueFull(let bytes):
            "\(bytes) bytes already wait for a disk that does not answer: try again later"
        case .closed: "the writer is closed"
        case .dataFolder(let error): "nothing was written: \(error)"
        case .identifier(let error): "\(error)"
        }
    }
}

extension LogError {
    /// Whether events of an append that failed may be in the log, now or later, all the same: then
    /// a retry counts once only under the same identity. Otherwise none of them is.
    public var mayBeRecorded: Bool {
        switch self {
        case .noAnswer, .notDurable: true
        // A frame that the disk took and then reported as failed could not be taken back.
        case .storage(let error): error.operation == .truncate
        case .frameTooLarge, .compressionFailed, .invalidEvent, .invalidIdentity, .withdrawn,
            .queueFull, .closed, .dataFolder, .identifier:
            false
        }
    }
}

extension IdentifierError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "an id must not be empty"
        case .tooLong(let bytes):
            "an id of \(bytes) bytes (as a folder name) is longer than the"
                + " \(LogLimits.maxDirectoryNameBytes) allowed"
        }
    }
}
