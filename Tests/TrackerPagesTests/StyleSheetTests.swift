import Testing

@testable import TrackerPages

@Suite("Style sheets in files") struct StyleSheetTests {
    private func compact(_ sheet: StaticString) -> String {
        sheet.withUTF8Buffer { unsafe String(decoding: StyleSheet.compact($0), as: UTF8.self) }
    }

    @Test("Comments and blanks that mean nothing are left out, all others stay")
    func compact() {
        #expect(
            compact("a { color: red; }\n\n/* b { } */\nb, c > d { margin: 0 auto }\n")
                == "a{color:red;}b,c>d{margin:0 auto}")
        // A blank before a colon makes another selector, and one around a minus a difference.
        #expect(
            compact("a :hover { width: calc(100% - 2 * 3px); }")
                == "a :hover{width:calc(100% - 2 * 3px);}")
        #expect(compact("a::after { content: \" ,  /* \"; }") == "a::after{content:\" ,  /* \";}")
        #expect(
            compact("@media (width < 9px) and (height:1px) { a b { x: y } }")
                == "@media (width < 9px) and (height:1px){a b{x:y}}")
        #expect(compact("a/* */b { }") == "a b{}")
    }

    @Test("The program's own sheet loses a tenth, and no rule")
    func own() {
        let sheet = Assets.app_css.text
        let small = compact(sheet)
        #expect(small.utf8.count < sheet.utf8CodeUnitCount * 9 / 10)
        #expect(
            small.utf8.filter { $0 == UInt8(ascii: "{") }.count
                == small.utf8.filter { $0 == UInt8(ascii: "}") }.count)
    }
}
