package import TrackerLog

/// What a thread needs to fold, used for one session after another.
package final class FoldTools {
    package let reader = SegmentReader()
    package let scanner = FoldScanner()
    /// About how much of the files is folded at one step of a `SessionLoad`.
    let stepBytes: Int

    package convenience init() { self.init(stepBytes: IndexLimits.foldStepBytes) }

    init(stepBytes: Int) { self.stepBytes = stepBytes }
}
