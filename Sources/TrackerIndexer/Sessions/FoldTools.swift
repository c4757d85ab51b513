package import TrackerLog

/// What a thread needs to fold, used for one session after another.
package final class FoldTools {
    package let reader = SegmentReader()
    package let scanner = FoldScanner()

    package init() {}
}
