/// The data of an SVG path, in the drawing's units.
///
/// Points are rounded to tenths of a unit, less than a pixel, and written relative to the previous
/// one, which takes a third of the bytes of absolute coordinates. Only numbers and commands are
/// written, so the bytes need no escaping:
///
/// ```text
/// M10 216l1 -3.5 1 .2     move to (10, 216), then lines by (1, -3.5) and (1, 0.2)
/// ```
package struct SVGPath: Sendable, Hashable {
    package private(set) var bytes: [UInt8] = []
    private var x = 0
    private var y = 0
    /// The last command; a further pair of numbers repeats it.
    private var command = UInt8(ascii: " ")

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty }

    /// Starts a new line at the point.
    package mutating func move(_ newX: Double, _ newY: Double) {
        x = tenths(newX)
        y = tenths(newY)
        bytes.append(UInt8(ascii: "M"))
        number(x)
        number(y, after: true)
        command = UInt8(ascii: "M")
    }

    /// Draws a straight line to the point.
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

    /// A dot: with round caps, a line of almost no length is a circle at any stretch.
    package mutating func dot(_ atX: Double, _ atY: Double) {
        move(atX, atY)
        bytes.append(contentsOf: "h.01".utf8)
        command = UInt8(ascii: "h")
    }

    /// A horizontal line of whole units, relative to where the last one ended: a few bytes.
    package mutating func stretch(_ atX: Int, _ atY: Int, length: Int) {
        let (toX, toY) = (atX * 10, atY * 10)
        bytes.append(UInt8(ascii: "m"))
        number(toX - x)
        number(toY - y, after: true)
        bytes.append(UInt8(ascii: "h"))
        number(length * 10)
        x = toX + length * 10
        y = toY
        command = UInt8(ascii: "h")
    }

    /// A line through all points; a dot for a single point. A level stretch is one line, however
    /// many points it has: a percentile that several columns share gives a long one.
    package mutating func polyline(_ points: [Point]) {
        guard let first = points.first else { return }
        guard points.count > 1 else { return dot(first.x, first.y) }
        move(first.x, first.y)
        for (index, point) in points.enumerated().dropFirst() {
            if index + 1 < points.count, isLevel(point, before: points[index + 1]) { continue }
            line(point.x, point.y)
        }
    }

    /// Whether the line from here through the point to the next one is level, without a turn.
    private func isLevel(_ point: Point, before next: Point) -> Bool {
        let (pointX, nextX) = (tenths(point.x), tenths(next.x))
        return tenths(point.y) == y && tenths(next.y) == y
            && (x <= pointX && pointX <= nextX || x >= pointX && pointX >= nextX)
    }

    /// The area between two lines over the same range.
    package mutating func area(top: [Point], bottom: [Point]) {
        guard top.count > 1 else { return }
        polyline(top + bottom.reversed())
        close()
    }

    package mutating func rectangle(x left: Double, y top: Double, right: Double, bottom: Double) {
        move(left, bottom)
        line(left, top)
        line(right, top)
        line(right, bottom)
        close()
    }

    /// Closes the line to its start.
    package mutating func close() {
        bytes.append(UInt8(ascii: "z"))
        command = UInt8(ascii: "z")
    }

    /// Writes a number of tenths. `after` another number it needs a separator, unless it has a
    /// minus sign.
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

/// Tenths of a unit. Values are limited to a range beyond every drawing, and NaN or infinity gives
/// 0, so that the path is always valid.
private func tenths(_ value: Double) -> Int {
    guard value.isFinite else { return 0 }
    return Int((min(max(value, -100_000), 100_000) * 10).rounded())
}
