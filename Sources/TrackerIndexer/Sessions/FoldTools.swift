package import TrackerLog

/// The reader and scanner of one thread, reused for each session.
package final class FoldTools {
    package let reader = SegmentReader()
    package let scanner = FoldScanner()
    /// Approximate bytes of the files per step of a `SessionLoad`.
    let stepBytes: Int

    package convenience init() { self.init(stepBytes: IndexLimits.foldStepBytes) }

    init(stepBytes: Int) { self.stepBytes = stepBytes }
}
