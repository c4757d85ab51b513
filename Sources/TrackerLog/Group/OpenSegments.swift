/// A segment that is open for appending.
protocol OpenSegment: AnyObject {
    /// Its neighbours in the list of `OpenSegments`.
    var newer: (any OpenSegment)? { get set }
    var older: (any OpenSegment)? { get set }
    /// Closes the file for a while, and takes it from the list, unless it is in use.
    func park()
}

/// The segments that a group of writers has open: at most so many. For another one, the one that
/// was appended to least recently is closed, and goes on at its next frame.
///
/// Used by one thread.
final class OpenSegments {
    private let most: Int
    private var count = 0
    /// A list that is linked in both directions.
    private var newest: (any OpenSegment)?
    private var oldest: (any OpenSegment)?
    private var hasEnded = false

    init(most: Int) { self.most = most }

    /// Holds no segment from now on. Without it the list and a segment in it hold each other.
    func end() {
        hasEnded = true
        while let oldest { remove(oldest) }
    }

    /// Closes segments until one more may be opened. One that is being synced stays open.
    func makeRoom() {
        var next = oldest
        while count >= most, let segment = next {
            next = segment.newer
            segment.park()
        }
    }

    /// It has been opened, or is about to be appended to.
    func use(_ segment: any OpenSegment) {
        guard newest !== segment, !hasEnded else { return }
        remove(segment)
        segment.older = newest
        newest?.newer = segment
        newest = segment
        oldest = oldest ?? segment
        count += 1
    }

    func remove(_ segment: any OpenSegment) {
        let isListed = segment.older != nil || segment.newer != nil || newest === segment
        guard isListed else { return }
        let (older, newer) = (segment.older, segment.newer)
        (segment.older, segment.newer) = (nil, nil)
        older?.newer = newer
        newer?.older = older
        if newest === segment { newest = older }
        if oldest === segment { oldest = newer }
        count -= 1
    }
}
