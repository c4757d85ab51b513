import Testing
import TrackerClient
import TrackerLog

@Suite("What a run ran on")
struct HostTests {
    @Test("The texts of /proc")
    func procTexts() {
        let cpuinfo =
            "processor\t: 0\nvendor_id\t: X\nmodel name\t: Some CPU @ 2.0GHz\n\nprocessor\t: 1\n"
        #expect(HostEnvironment.cpuModel(cpuinfo: cpuinfo) == "Some CPU @ 2.0GHz")
        #expect(HostEnvironment.cpuModel(cpuinfo: "processor : 0\n") == nil)
        #expect(HostEnvironment.memoryBytes(meminfo: "MemTotal:       1024 kB\n") == 1_048_576)
        #expect(HostEnvironment.memoryBytes(meminfo: "MemTotal: lots") == nil)
        #expect(HostEnvironment.loadAverage(loadavg: "0.50 1.00 2.25 1/99 7") == [0.5, 1, 2.25])
        #expect(HostEnvironment.loadAverage(loadavg: "x") == [])
    }

    @Test("This machine has a name, a kernel and cores")
    func capture() {
        let host = HostEnvironment.capture()
        #expect(!host.host.isEmpty)
        #expect(host.kernel.contains("."))
        #expect(host.cores >= 1)
        let json = host.json(git: GitCommit(hash: String(repeating: "a", count: 40), isDirty: true))
        #expect(json["cores"]?.intValue == host.cores)
        #expect(json["git_dirty"]?.boolValue == true)
    }

    @Test("What git says of a tree")
    func git() {
        let hash = String(repeating: "0a", count: 20)
        let clean = "# branch.oid \(hash)\n# branch.head main\n"
        #expect(GitCommit.parse(status: clean) == GitCommit(hash: hash, isDirty: false))
        #expect(GitCommit.parse(status: clean + "1 .M N... x\n")?.isDirty == true)
        #expect(GitCommit.parse(status: "# branch.oid (initial)\n") == nil)
        #expect(GitCommit.parse(status: "") == nil)
    }
}
