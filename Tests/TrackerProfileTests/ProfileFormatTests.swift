import Testing
import TrackerLog
import TrackerProfile

@Suite("Formats of profiles") struct ProfileFormatTests {
    /// The same stacks in each format.
    ///
    /// ```text
    /// main;serve;parse 3    main;serve;send 2    main;serve 1    main 1
    /// ```
    private static let expected = [
        "main 1", "main;serve 1", "main;serve;parse 3", "main;serve;send 2",
    ]

    private static func lines(_ tree: CallTree) -> [String] {
        String(decoding: tree.folded, as: UTF8.self).split(separator: "\n").map(String.init)
            .sorted()
    }

    private static let schema =
        #"{"$schema":"https://www.speedscope.app/file-format-schema.json","#
    private static let speedscope = """
        {"$schema":"https://www.speedscope.app/file-format-schema.json",
        "shared":{"frames":[{"name":"main"},{"name":"serve"},{"name":"parse"},{"name":"send"}]},
        "profiles":[{"type":"sampled","unit":"none","samples":[[0,1,2],[0,1,3],[0,1],[0]],
        "weights":[3,2,1,1]}]}
        """
    private static let evented = """
        {"$schema":"https://www.speedscope.app/file-format-schema.json",
        "shared":{"frames":[{"name":"main"},{"name":"serve"},{"name":"parse"},{"name":"send"}]},
        "profiles":[{"type":"evented","unit":"none","startValue":0,"endValue":7,"events":[
        {"type":"O","frame":0,"at":0},{"type":"O","frame":1,"at":1},{"type":"O","frame":2,"at":1},
        {"type":"C","frame":2,"at":4},{"type":"O","frame":3,"at":4},{"type":"C","frame":3,"at":6},
        {"type":"C","frame":1,"at":7},{"type":"C","frame":0,"at":7}]}]}
        """
    private static let firefox = """
        {"meta":{"interval":1,"version":27},"threads":[{"name":"t","samples":{"stack":[2,3,1,0,null],
        "weight":[3,2,1,1,9],"length":5},"stackTable":{"prefix":[null,0,1,1],"frame":[0,1,2,3]},
        "frameTable":{"func":[0,1,2,3]},"funcTable":{"name":[3,2,1,0]},
        "stringArray":["send","parse","serve","main"]}]}
        """
    /// As the browser writes it: rows with a schema.
    private static let gecko = """
        {"meta":{"interval":1,"version":27},"threads":[{"name":"t",
        "samples":{"schema":{"stack":0,"time":1,"weight":2},"data":[[2,0,3],[3,1,2],[1,2,1],[0,3,1]]},
        "stackTable":{"schema":{"prefix":0,"frame":1},"data":[[null,0],[0,1],[1,2],[1,3]]},
        "frameTable":{"schema":{"location":0},"data":[[3],[2],[1],[0]]},
        "stringTable":["send","parse","serve","main"]}]}
        """

    @Test(
        "The same stacks in each format are the same tree",
        arguments: [
            ("folded stacks", "main;serve;parse 3\nmain;serve;send 2\nmain;serve 1\nmain 1\n"),
            (
                "folded stacks",
                "# a comment\r\n\nmain 1\r\nmain;serve 1\r\nmain;serve;send 2\r\nmain;serve;parse 3"
            ),
            ("speedscope JSON", speedscope), ("speedscope JSON", evented),
            ("Firefox profiler JSON", firefox), ("Firefox profiler JSON", gecko),
        ])
    func same(format: String, text: String) throws {
        let profile = try ProfileFormats.read(Array(text.utf8))
        #expect(profile.format == format)
        #expect(Self.lines(profile.tree) == Self.expected, "\(text)")
        #expect(profile.tree.total == 7)
    }

    @Test("pprof: inlined calls, several kinds of values, packed and single numbers")
    func pprof() throws {
        let file = PprofFile(
            texts: [
                "", "samples", "count", "cpu", "nanoseconds", "main", "serve", "parse", "send",
            ],
            types: [(1, 2), (3, 4)],
            functions: [1: 5, 2: 6, 3: 7, 4: 8],
            // The third location is `parse`, inlined in `serve`.
            locations: [1: [1], 2: [2], 3: [3, 2], 4: [4]],
            samples: [
                (stack: [3, 1], values: [3, 30]), (stack: [4, 2, 1], values: [2, 20]),
                (stack: [2, 1], values: [1, 10]), (stack: [1], values: [1, 10]),
            ])
        for isPacked in [true, false] {
            let profile = try ProfileFormats.read(file.bytes(isPacked: isPacked))
            #expect(profile.format == "pprof")
            #expect(
                Self.lines(profile.tree) == [
                    "main 10", "main;serve 10", "main;serve;parse 30", "main;serve;send 20",
                ])
            #expect(profile.tree.unit == .nanoseconds)
            #expect(profile.tree.sampled == 4)
            #expect(profile.notes == ["of 2 kinds of values cpu is shown; not shown: samples"])
        }
        var chosen = file
        chosen.defaultType = 1
        #expect(try ProfileFormats.read(chosen.bytes(isPacked: true)).tree.total == 7)
    }

    @Test("perf script: offsets, unknown symbols, names with blanks, threads")
    func perf() throws {
        let text = """
            # captured on: now
            my prog  4242/4243  1234.567890:   10101010 cpu-clock: 
            \t        55d0c8a1 parse+0x21 (/usr/bin/prog)
            \t        55d0c7ff operator new(unsigned long)+0x1f (/usr/lib/libstdc++.so.6)
            \t    7f00deadbeef [unknown] (/usr/lib/libfoo.so.1)

            my prog  4242/4242  1234.577890:   10101010 cpu-clock: 
            \t        55d0c7ff main+0x1f (/usr/bin/prog)

            """
        let profile = try ProfileFormats.read(Array(text.utf8))
        #expect(profile.format == "perf script")
        #expect(
            Self.lines(profile.tree) == [
                "my prog;[libfoo.so.1];operator new(unsigned long);parse 1", "my prog;main 1",
            ])
    }

    @Test("Packed files are unpacked; what is stored reads back as the same tree")
    func folded() throws {
        let text = Array("a;b 2\na;c 3\n".utf8)
        let packed = try FrameEncoder().frame(of: text)
        let tree = try ProfileFormats.read(packed).tree
        #expect(Self.lines(tree) == ["a;b 2", "a;c 3"])
        #expect(Self.lines(try ProfileFormats.read(tree.folded).tree) == ["a;b 2", "a;c 3"])
    }

    @Test("Byte order marks, UTF-16 and lines that end with a carriage return")
    func texts() throws {
        let folded = "main;serve;parse 3\nmain;serve;send 2\nmain;serve 1\nmain 1\n"
        let units = Array(("\u{FEFF}" + folded).utf16)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let returns = folded.split(separator: "\n").map { $0 + "\r" }.joined()
        let files: [[UInt8]] = [
            mark + Array(folded.utf8), mark + Array(Self.evented.utf8),
            units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
            units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }, Array(returns.utf8),
        ]
        for (place, file) in files.enumerated() {
            let tree = try ProfileFormats.read(file).tree
            #expect(Self.lines(tree) == Self.expected, "file \(place)")
        }
        // Half a unit at the end, and nothing but a mark.
        #expect(throws: ProfileError.self) { try ProfileFormats.read([0xFF, 0xFE, 0x61]) }
        #expect(throws: ProfileError.self) { try ProfileFormats.read(mark) }
    }

    @Test("Frames that are open when a recording ends have the time up to its end")
    func openFrames() throws {
        let text =
            Self.schema
            + #""shared":{"frames":[{"name":"main"},{"name":"serve"}]},"profiles":[{"#
            + #""type":"evented","unit":"none","startValue":0,"endValue":7,"events":["#
            + #"{"type":"O","frame":0,"at":0},{"type":"O","frame":1,"at":3}]}]}"#
        let tree = try ProfileFormats.read(Array(text.utf8)).tree
        #expect(Self.lines(tree) == ["main 3", "main;serve 4"])
    }

    @Test("The other processes of Firefox count")
    func processes() throws {
        let whole = Self.gecko.dropLast() + #","processes":[\#(Self.gecko)]}"#
        #expect(try ProfileFormats.read(Array(whole.utf8)).tree.total == 14)
    }

    @Test("Bad lines are counted, with the first one's number")
    func badLines() throws {
        let profile = try ProfileFormats.read(Array("a;b 2\nnonsense\na;c x\n;; 4\n".utf8))
        #expect(profile.notes == ["2 lines have no stack and number, the first is line 2"])
        #expect(profile.tree.total == 6)
    }

    @Test(
        "What is no profile is refused with a reason",
        arguments: [
            ("", "empty"), ("hello world\n", "Tried: speedscope JSON, Firefox profiler JSON"),
            ("a;b 0\n", "no stack is in it"),
            (
                schema + #""profiles":[{"type":"sampled","samples":[[7]]}],"#
                    + #""shared":{"frames":[]}}"#,
                "names a frame that shared.frames does not have"
            ),
            (
                schema + #""profiles":["#,
                "at offset"
            ),
            (
                #"{"meta":{"interval":1},"threads":[{"samples":{"stack":[0]},"#
                    + #""stackTable":{"prefix":[0],"frame":[0]},"frameTable":{"func":[0]},"#
                    + #""funcTable":{"name":[0]},"stringArray":["a"]}]}"#,
                "is no earlier stack"
            ),
        ])
    func refused(text: String, reason: String) {
        do throws(ProfileError) {
            let profile = try ProfileFormats.read(Array(text.utf8))
            Issue.record("read as \(profile.format)")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }

    @Test(
        "Events that cannot be are refused, and not counted somewhere",
        arguments: [
            (#"{"type":"C","frame":0,"at":6}"#, "leaves a frame that it is not in"),
            (#"{"type":"X","frame":1,"at":6}"#, "leaves a frame that it is not in"),
            (#"{"type":"C","frame":1,"at":4}"#, "no later time"),
        ])
    func events(last: String, reason: String) {
        let frames = #""shared":{"frames":[{"name":"main"},{"name":"serve"}]},"#
        let open = #"{"type":"O","frame":0,"at":0},{"type":"O","frame":1,"at":5},"#
        let profile = #"{"type":"evented","unit":"none","endValue":7,"events":["#
        let text = Self.schema + frames + #""profiles":["# + profile + open + last + "]}]}"
        let error = #expect(throws: ProfileError.self) {
            try ProfileFormats.read(Array(text.utf8))
        }
        #expect(error?.description.contains(reason) == true)
    }

    @Test("A cut pprof is refused at each length, or holds what is before")
    func cut() throws {
        let whole = PprofFile(
            texts: ["", "samples", "count", "main"], types: [(1, 2)], functions: [1: 3],
            locations: [1: [1]], samples: [(stack: [1], values: [5])]
        ).bytes(isPacked: true)
        for length in 1..<whole.count {
            do throws(ProfileError) {
                let tree = try ProfileFormats.read(Array(whole[..<length])).tree
                #expect(tree.total == 5)
            } catch {
                #expect("\(error)" != "")
            }
        }
    }

    @Test("A stack that is deeper than any counts at the last frame that is kept")
    func deep() throws {
        let frames = (0..<2_000).map { "f\($0)" }.joined(separator: ";")
        let tree = try ProfileFormats.read(Array("\(frames) 5\n".utf8)).tree
        #expect(tree.total == 5)
        #expect(tree.nodes.count == ProfileLimits.maxDepth + 1)
    }

    @Test("A cut stack is said; one that just fits is not")
    func cutStacks() throws {
        func notes(_ depth: Int) throws -> [String] {
            let frames = (0..<depth).map { "f\($0)" }.joined(separator: ";")
            return try ProfileFormats.read(Array("a 1\n\(frames) 5\n".utf8)).notes
        }
        #expect(try notes(ProfileLimits.maxDepth) == [])
        let note = try #require(try notes(ProfileLimits.maxDepth + 1).first)
        #expect(note.contains("cut after 512 frames"))
    }

    @Test("Numbers that add up to none are no sample; a huge one is written as it is")
    func huge() throws {
        let infinite = try ProfileFormats.read(Array("a;b 1.7e308\na;c 1.7e308\n".utf8)).tree
        #expect(infinite.total == 1.7e308 && !infinite.flame(showing: 0).rectangles.isEmpty)
        let large = try ProfileFormats.read(Array("a;b 1e300\na;c 18446744073709551615\n".utf8))
        #expect(try ProfileFormats.read(large.tree.folded).tree.total == large.tree.total)
        let negative = try ProfileFormats.read(Array("a;b -5\na;c 3\n".utf8))
        #expect(negative.tree.total == 3 && negative.notes.count == 1)
    }

    @Test("All threads of a Firefox profile count, and all profiles of a speedscope file")
    func several() throws {
        let thread = Self.firefox.split(separator: #""threads":["#, maxSplits: 1)[1].dropLast(2)
        let threads = #"{"meta":{"interval":1},"threads":["# + "\(thread),\(thread)]}"
        #expect(try ProfileFormats.read(Array(threads.utf8)).tree.total == 14)
        let profile = Self.speedscope.split(separator: #""profiles":["#, maxSplits: 1)[1].dropLast(
            2)
        let head = Self.speedscope.split(separator: #""profiles":["#, maxSplits: 1)[0]
        let whole = "\(head)\"profiles\":[\(profile),\(profile)]}"
        #expect(try ProfileFormats.read(Array(whole.utf8)).tree.total == 14)
    }

    @Test("A recursion, markup and control characters are names like others")
    func names() throws {
        let text = "m;f;f;f 5\nm;<b>&\"' 2\nm;\u{1B}[31m\u{0} 1\nm;\u{202E}x 1\n"
        let tree = try ProfileFormats.read(Array(text.utf8)).tree
        let place = try #require(tree.functions.firstIndex(of: "f"))
        #expect(tree.totalByFunction[place] == 5 && tree.ownByFunction[place] == 5)
        #expect(tree.functions.contains("<b>&\"'") && tree.functions.contains("\u{1B}[31m\u{0}"))
    }
}
