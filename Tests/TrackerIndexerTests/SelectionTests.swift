import Testing
import TrackerTestSupport

@testable import TrackerIndexer

/// The first few of many, without sorting all: against sorting all.
@Suite("Selection")
struct SelectionTests {
    /// Orders that are bad for one or another way to choose a pivot.
    static let orders: [(name: String, value: @Sendable (Int, Int) -> Int)] = [
        ("ascending", { at, _ in at }), ("descending", { at, count in count - at }),
        ("organ pipe", { at, count in at < count / 2 ? 2 * at : 2 * (count - at) - 1 }),
        ("alternating", { at, count in at % 2 == 0 ? at : 2 * count - at }),
    ]

    private struct Item: Equatable {
        var value: Int
        var number: Int

        /// No two are equal: their number decides.
        static func precedes(_ a: Item, _ b: Item) -> Bool {
            (a.value, a.number) < (b.value, b.number)
        }
    }

    private static func check(_ values: [Int], _ count: Int, _ what: String) {
        let items = values.enumerated().map { Item(value: $1, number: $0) }
        var selected = items
        selected.select(count, by: Item.precedes)
        let sorted = items.sorted(by: Item.precedes)
        let first = selected[..<count].sorted(by: Item.precedes)
        let rest = selected[count...].sorted(by: Item.precedes)
        #expect(first == Array(sorted[..<count]), "\(what)")
        #expect(selected[count] == sorted[count], "\(what)")
        #expect(rest == Array(sorted[count...]), "\(what)")
    }

    @Test("of any numbers", arguments: [1, 2, 3, 4] as [UInt64])
    func random(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<200 {
            let size = Int.random(in: 1...400, using: &random)
            let most = Int.random(in: 1...1_000, using: &random)
            let values = (0..<size).map { _ in Int.random(in: 0...most, using: &random) }
            let count = Int.random(in: 0..<size, using: &random)
            Self.check(values, count, "seed \(seed), round \(round)")
        }
    }

    @Test("of numbers in adversarial orders", arguments: orders.indices)
    func adversarial(_ order: Int) {
        let (name, value) = Self.orders[order]
        for size in [1, 2, 15, 16, 17, 1_000, 20_000] {
            let values = (0..<size).map { value($0, size) }
            for count in Set([0, size / 2, size - 1]) {
                Self.check(values, count, "\(name), \(count) of \(size)")
            }
        }
    }

    @Test("takes a linear number of comparisons, even in an adversarial order")
    func comparisons() {
        // An adversary who answers so that each pivot is among the last: McIlroy's.
        let size = 20_000
        var values = [Int](repeating: .max, count: size)
        var given = 0
        var candidate = 0
        var asked = 0
        var indices = Array(0..<size)
        indices.select(size / 2) { a, b in
            asked += 1
            if values[a] == .max, values[b] == .max {
                let fixed = a == candidate ? a : b
                values[fixed] = given
                given += 1
            }
            if values[a] == .max { candidate = a } else if values[b] == .max { candidate = b }
            return (values[a], a) < (values[b], b)
        }
        #expect(asked < 80 * size, "\(asked) comparisons of \(size)")
    }
}
