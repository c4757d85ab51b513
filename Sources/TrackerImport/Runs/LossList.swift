/// What of a file could not be read: the first ones with their place, the rest counted.
package struct LossList: Sendable, Hashable {
    package struct Loss: Sendable, Hashable {
        package var place: ImportPlace
        package var reason: String
    }

    package private(set) var listed: [Loss] = []
    package private(set) var count = 0

    package init() {}

    package mutating func add(_ reason: String, at place: ImportPlace) {
        count += 1
        if listed.count < ImportLimits.maxListedLosses {
            listed.append(Loss(place: place, reason: reason))
        }
    }

    /// One line; `nil` if nothing was lost.
    package var text: String? {
        guard let first = listed.first else { return nil }
        let place = "\(first.place): \(first.reason)"
        return count == 1 ? place : "\(count) places; the first is \(place)"
    }
}
