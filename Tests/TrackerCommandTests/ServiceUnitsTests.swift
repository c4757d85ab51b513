import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("Units of systemd, and who holds the index")
struct ServiceUnitsTests {
    @Test(
        "A word of ExecStart keeps every character",
        arguments: [
            ("/usr/bin/tracker", #""/usr/bin/tracker""#),
            ("/my data", #""/my data""#),
            ("100%h", #""100%%h""#),
            ("$HOME", #""$$HOME""#),
            (#"a"b\c"#, #""a\"b\\c""#),
            ("übung", #""übung""#),
        ])
    func words(text: String, expected: String) throws {
        #expect(try ServiceUnits.word(text) == expected)
    }

    @Test("A path with a line break is refused, as the rest would be a setting of its own")
    func lineBreak() {
        #expect(throws: CommandFailure.self) { try ServiceUnits.word("/a\nExecStart=/b") }
        #expect(throws: CommandFailure.self) { try ServiceUnits.path("/a\u{7F}") }
    }

    private func units(hasIPv6: Bool, startsAtLogin: Bool = false) -> ServiceUnits {
        ServiceUnits(
            program: "/bin/tracker", options: ["--data", "/d"], folder: "/50% home", port: 8090,
            hasIPv6: hasIPv6, startsAtLogin: startsAtLogin)
    }

    @Test("A server that receives datagrams does not wait for a request")
    func login() throws {
        let line = "WantedBy=default.target\n"
        #expect(
            try units(hasIPv6: true, startsAtLogin: true).files()[0].text.hasSuffix(
                "Also=\(ServiceUnits.socket)\n\(line)"))
        #expect(!(try units(hasIPv6: true).files()[0].text.contains(line)))
    }

    @Test("The socket has the addresses that the machine has")
    func addresses() throws {
        func listens(_ hasIPv6: Bool) throws -> [String] {
            try units(hasIPv6: hasIPv6).files()[1].text.split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("ListenStream=") }
        }
        #expect(
            try listens(true) == ["ListenStream=127.0.0.1:8090", "ListenStream=[::1]:8090"])
        #expect(try listens(false) == ["ListenStream=127.0.0.1:8090"])
        let service = try units(hasIPv6: true).files()[0].text
        #expect(service.contains("WorkingDirectory=/50%% home\n"))
        #expect(service.contains(#"ExecStart="/bin/tracker" "serve" "--data" "/d""# + "\n"))
    }

    @Test("A unit of somebody else is not replaced, one of ours is")
    func foreignUnit() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a/systemd"
        let install = ServiceInstall(folder: path, units: units(hasIPv6: true))
        try install.run()
        try install.run()
        let storage = try PosixStorage(root: path, create: false)
        try storage.replace(StoragePath(ServiceUnits.socket), with: Array("[Socket]\n".utf8))
        try storage.remove(StoragePath(ServiceUnits.service))
        #expect(throws: CommandFailure.self) { try install.run() }
        // Nothing is half installed.
        #expect(throws: StorageError.self) {
            try storage.openForReading(StoragePath(ServiceUnits.service))
        }
    }

    @Test("::1 is told by the line of its address alone")
    func loopbackOfIPv6() {
        let one = "00000000000000000000000000000001 01 80 10 80       lo\n"
        let other = "fe800000000000000000000000000001 02 40 20 80     eth0\n"
        #expect(ServiceInstall.hasIPv6(other + one))
        #expect(!ServiceInstall.hasIPv6(other))
        #expect(!ServiceInstall.hasIPv6(nil))
    }

    @Test("The holder of a lock is the process of its inode that does not wait")
    func holder() {
        let locks = """
            1: POSIX  ADVISORY  WRITE 11 fe:00:77 0 EOF
            2: FLOCK  ADVISORY  WRITE 22 fe:00:78 0 EOF
            3: -> FLOCK  ADVISORY  WRITE 33 fe:00:77 0 EOF
            4: FLOCK  ADVISORY  WRITE 44 fe:00:77 0 EOF

            """
        #expect(IndexHolder.holder(ofInode: 77, locks: locks) == 44)
        #expect(IndexHolder.holder(ofInode: 78, locks: locks) == 22)
        #expect(IndexHolder.holder(ofInode: 7, locks: locks) == nil)
    }
}
