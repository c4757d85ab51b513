/// The data of an SVG path, in the drawing's units.
///
/// Points are kept in tenths of a unit and written relative to the last one: a third of the bytes
/// of absolute coordinates, and finer than a pixel. Only numbers get in, so the bytes need no
/// escaping.
package struct SVGPath: Sendable, Hashable {
    package private(set) var bytes: [UInt8] = []
    private var x = 0
    private var y = 0
    /// The command that a following pair of numbers would repeat.
    private var command = UInt8(ascii: " ")

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty }

    /// Begins a new line there.
    package mutating func move(_ newX: Double, _ newY: Double) {
        x = tenths(newX)
        y = tenths(newY)
        bytes.append(UInt8(ascii: "M"))
        number(x)
        number(y, after: true)
        command = UInt8(ascii: "M")
    }

    /// A straight line to there.
    package mutating func line(_ newX: Double, _ newY: Double) {
        let toX = tenths(newX)
        let toY = tenths(newY)
        if command != UInt8(ascii: "l") {
            bytes.append(UInt8(ascii: "l"))
            command = UInt8(ascii: "l")
            number(toX - x)
        } else {
            number(toX - x, after: true)
        }
        number(toY - y, after: true)
        x = toX
        y = toY
    }

    /// A dot: with round caps, a line of no length is a circle however the drawing is stretched.
    package mutating func dot(_ atX: Double, _ atY: Double) {
        move(atX, atY)
        bytes.append(contentsOf: "h.01".utf8)
        command = UInt8(ascii: "h")
    }

    /// A line through all points; one point alone becomes a dot.
    package mutating func polyline(_ points: [Point]) {
        guard let first = points.first else { return }
        guard points.count > 1 else { return dot(first.x, first.y) }
        move(first.x, first.y)
        for point in points.dropFirst() { line(point.x, point.y) }
    }

    /// The surface between two lines over the same stretch.
    package mutating func area(top: [Point], bottom: [Point]) {
        guard top.count > 1 else { return }
        polyline(top + bottom.reversed())
        close()
    }

    /// A rectangle.
    package mutating func rectangle(x left: Double, y top: Double, right: Double, bottom: Double) {
        move(left, bottom)
        line(left, top)
        line(right, top)
        line(right, bottom)
        close()
    }

    /// Back to where the line began.
    package mutating func close() {
        bytes.append(UInt8(ascii: "z"))
        command = UInt8(ascii: "z")
    }

    /// A number in tenths; `after` another one, which needs a separator unless a minus sign is one.
    private mutating func number(_ tenths: Int, after: Bool = false) {
        if after && tenths >= 0 { bytes.append(UInt8(ascii: " ")) }
        if tenths < 0 { bytes.append(UInt8(ascii: "-")) }
        let magnitude = tenths.magnitude
        let whole = magnitude / 10
        let fraction = magnitude % 10
        if whole > 0 || fraction == 0 { bytes.append(contentsOf: String(whole).utf8) }
        guard fraction > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes.append(UInt8(ascii: "0") + UInt8(fraction))
    }
}

/// A point in the drawing's units.
package struct Point: Sendable, Hashable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// What is no number, or further out than any drawing, is held at a bound: a path never breaks.
private func tenths(_ value: Double) -> Int {
    guard value.isFinite else { return 0 }
    return Int((min(max(value, -100_000), 100_000) * 10).rounded())
}
