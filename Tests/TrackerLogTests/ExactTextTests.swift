import Testing

@testable import TrackerLog

/// Pairs that `String` takes for equal, in one way or another.
@Suite("Names are bytes")
struct ExactTextTests {
    private static let pairs = [
        ("\u{fc}", "u\u{308}"), ("K", "\u{212a}"), ("\u{e9}", "e\u{301}"), (";", "\u{37e}"),
        ("\u{ac00}", "\u{1100}\u{1161}"),
        // Of the same length: the marks in two orders.
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ]

    @Test("two spellings are two keys, two labels, two paths and two values")
    func pairs() {
        for (a, b) in Self.pairs {
            #expect(a == b, "for Swift they are equal")
            #expect(ExactText(a) != ExactText(b) && !a.isExactly(b) && a.isExactly(a))
            #expect((ExactText(a) < ExactText(b)) != (ExactText(b) < ExactText(a)))
            #expect(Set([ExactText(a), ExactText(b), ExactText(a)]).count == 2)
            #expect(Set([Label(a, "x"), Label(b, "x"), Label("x", a), Label("x", b)]).count == 4)
            #expect(Set([StoragePath("log", a), StoragePath("log", b)]).count == 2)
            #expect(StoragePath("log", a) == StoragePath("log").appending(a))
            let object = JSONValue.object([.init(a, .integer(1)), .init(b, .integer(2))])
            #expect(object[a]?.intValue == 1 && object[b]?.intValue == 2)
            #expect(JSONValue.string(a) != .string(b))
            #expect(
                Set([object, .object([.init(b, .integer(1))]), .string(a), .string(b)]).count == 4)
            #expect([b, a, b].distinctSorted.count == 2)
        }
    }

    @Test("a missing text is no empty one")
    func missing() {
        let none: String? = nil
        #expect(none.isExactly(nil) && !none.isExactly("") && !"".isExactly(nil))
        #expect(Optional("a").isExactly("a") && !Optional("a").isExactly(nil))
    }

    @Test("a separator with a combining mark behind it separates")
    func separators() {
        #expect("a,\u{308}b,c".parts(separatedBy: ",") == ["a", "\u{308}b", "c"])
        #expect("=x=y".parts(separatedBy: "=", maxSplits: 1) == ["", "x=y"])
        #expect("//a/".parts(separatedBy: "/", omitsEmpty: true) == ["a"])
    }
}
