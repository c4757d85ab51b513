/// The limits of one writer: by default those of `LogLimits`; tests set smaller ones.
package struct WriterLimits: Sendable {
    package var rotateAfterBytes = LogLimits.rotateAfterBytes
    package var rotateAfterSeconds = LogLimits.rotateAfterSeconds
    package var targetFrameEvents = LogLimits.targetFrameEvents
    package var targetFrameMilliseconds = LogLimits.targetFrameMilliseconds
    package var syncIntervalMilliseconds = LogLimits.syncIntervalMilliseconds
    package var maxQueuedBytes = LogLimits.maxQueuedBytes
    package var maxBlockMilliseconds = LogLimits.maxBlockMilliseconds
    package var maxAnswerMilliseconds = LogLimits.maxAnswerMilliseconds
    package var maxWaitingBatchBytes = LogLimits.maxWaitingBatchBytes
    package var noticeIntervalMilliseconds = LogLimits.noticeIntervalMilliseconds
    package var maxUnsyncedBytes = LogLimits.maxUnsyncedBytes

    package init() {}
}
