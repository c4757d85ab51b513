import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog

/// What is exact about the parts of a change, and when nothing is said.
@Suite("Where the change is")
struct ChangePartsTests {
    private static func find(
        _ a: [RunSummary], _ b: [RunSummary], _ settings: ComparisonSettings = .init(replicates: 50)
    ) throws -> ChangeParts? {
        let a = ComparisonGroup(name: "a", runs: a)
        let b = ComparisonGroup(name: "b", runs: b)
        return ChangeParts(a, b, of: try Comparison(a, b, settings: settings))
    }

    private static func generator(_ seed: UInt64, routes: Int = 20) -> RouteGenerator {
        var generator = RouteGenerator(seed: seed)
        generator.seconds = 20
        generator.routes = routes
        return generator
    }

    @Test("what the parts added is the change of the whole")
    func sumIsTheChange() throws {
        var generator = Self.generator(0x3A01)
        let a = generator.run("a")
        generator.slower = [3: 1.5, 9: 0.8]
        generator.failing = [2: 0.2]
        var b = generator.run("b")
        // A route that A lacks, and one that B lacks.
        b.series[5].labels[1].value = "/new"
        let parts = try #require(try Self.find([a], [b]))
        #expect(parts.parts.count == 21)
        let added = parts.parts.reduce(parts.otherContribution) { $0 + $1.mean.contribution }
        #expect((added - (parts.meanB - parts.meanA)).magnitude < 1e-9)
        let failures = parts.parts.reduce(0) { $0 + $1.errors.contribution }
        #expect((failures - (parts.errorRateB - parts.errorRateA)).magnitude < 1e-9)
        let onlyInB = try #require(parts.parts.first { $0.name == "route=/new" })
        #expect(onlyInB.countA == 0 && onlyInB.mean.change == nil)
        let wholeB = b.timelines[0].total.successes
        #expect((parts.meanB - wholeB.sum / Double(wholeB.count)).magnitude < 1e-9)
    }

    @Test("with A and B swapped the parts and what they added are mirrored")
    func swapped() throws {
        var generator = Self.generator(0x3A02)
        let a = generator.run("a")
        generator.slower = [7: 1.3]
        let b = generator.run("b")
        let there = try #require(try Self.find([a], [b]))
        let back = try #require(try Self.find([b], [a]))
        #expect(there.named.map(\.name) == ["route=/r7"])
        #expect(back.named.map(\.name) == ["route=/r7"])
        let added = [there, back].map { $0.named[0].mean.contribution }
        #expect((added[0] + added[1]).magnitude < 1e-9)
    }

    @Test("two that changed do not hide each other, and not each other's direction")
    func two() throws {
        var generator = Self.generator(0x3A03)
        let a = generator.run("a")
        generator.slower = [4: 1.3, 15: 0.7]
        let b = generator.run("b")
        let parts = try #require(try Self.find([a], [b]))
        #expect(Set(parts.named.map(\.name)) == ["route=/r4", "route=/r15"])
        let changes = parts.named.compactMap(\.mean.change)
        #expect(changes.contains { $0 > 0.2 } && changes.contains { $0 < -0.2 })
    }

    @Test("where all parts are slower alike, none stands out")
    func allAlike() throws {
        var generator = Self.generator(0x3A04)
        let a = generator.run("a")
        for route in 0..<20 { generator.slower[route] = 1.3 }
        let b = generator.run("b")
        let parts = try #require(try Self.find([a], [b]))
        #expect(parts.named.isEmpty)
        #expect((0.2...0.45).contains(try #require(parts.common)))
        #expect(
            parts.sentence(.plain).hasPrefix("no part stands out: 20 by route moved alike, by +"))
    }

    @Test("where most parts are slower, those that stood still are not named")
    func mostSlower() throws {
        var generator = Self.generator(0x3A05)
        generator.runSpread = 0
        let a = generator.run("a")
        for route in 0..<16 { generator.slower[route] = 1.3 }
        let b = generator.run("b")
        let parts = try #require(try Self.find([a], [b]))
        #expect(parts.named.allSatisfy { ($0.mean.change ?? 0) > 0.1 }, "\(parts.named)")
    }

    @Test("a route that fails stands out by its errors")
    func failing() throws {
        var generator = Self.generator(0x3A06)
        let a = generator.run("a")
        generator.failing = [11: 0.1]
        let b = generator.run("b")
        let parts = try #require(try Self.find([a], [b]))
        #expect(parts.named.map(\.name) == ["route=/r11"])
        #expect(parts.named[0].errors.isNamed && !parts.named[0].mean.isNamed)
        #expect(parts.sentence(.plain).contains("requests failed, then"))
    }

    @Test("two parts and a run a side tell nothing, three runs do")
    func fewParts() throws {
        var generator = Self.generator(0x3A07, routes: 2)
        let a = (0..<3).map { generator.run("a\($0)") }
        generator.slower = [1: 1.6]
        let b = (0..<3).map { generator.run("b\($0)") }
        let single = try #require(try Self.find([a[0]], [b[0]]))
        #expect(single.named.isEmpty && single.yardstick == .nothing)
        #expect(single.sentence(.plain).contains("cannot be told: 2 parts and 1 run on a side"))
        let several = try #require(try Self.find(a, b))
        #expect(several.yardstick == .runs)
        #expect(several.named.map(\.name) == ["route=/r1"])
        var settings = ComparisonSettings(replicates: 50)
        settings.runNoise = .known(0.05)
        let known = try #require(try Self.find([a[0]], [b[0]], settings))
        #expect(known.yardstick == .spread && known.named.map(\.name) == ["route=/r1"])
    }

    @Test("the same samples name nothing, and a metric without labels has no parts")
    func nothing() throws {
        var generator = Self.generator(0x3A08)
        let run = generator.run("a")
        #expect(try #require(try Self.find([run], [run])).named.isEmpty)
        var bare = run
        for index in bare.series.indices { bare.series[index].labels = [] }
        #expect(try Self.find([bare], [bare]) == nil)
        var status = run
        for index in status.series.indices {
            status.series[index].labels = [Label("status", "200")]
        }
        #expect(try Self.find([status], [status]) == nil)
    }

    @Test("the name that tells the parts apart is found among others")
    func bestName() throws {
        var generator = Self.generator(0x3A09)
        let runs = [1.0, 1.4].map { factor -> RunSummary in
            for route in 0..<20 where route % 8 == 3 { generator.slower[route] = factor }
            var run = generator.run("r")
            for index in run.series.indices {
                run.series[index].labels.append(Label("zone", "z\(index % 8)"))
            }
            return run
        }
        let parts = try #require(try Self.find([runs[0]], [runs[1]]))
        #expect(parts.names == ["zone"])
        #expect(parts.named.map(\.name) == ["zone=z3"])
    }

    @Test("more parts than are told apart are added up, and units are converted")
    func manyParts() throws {
        var generator = Self.generator(0x3A0A, routes: 80)
        let a = generator.run("a")
        var b = generator.run("b")
        let scale = try #require(UnitConversion(metric: "latency_ms", from: "ms", to: "us"))
        for index in b.series.indices where index.isMultiple(of: 2) {
            b.series[index].unit = "us"
            b.series[index].aggregate = scale(b.series[index].aggregate)
        }
        let parts = try #require(try Self.find([a], [b]))
        #expect(parts.parts.count == 50 && parts.otherCount == 30)
        #expect(parts.named.isEmpty)
        let added = parts.parts.reduce(parts.otherContribution) { $0 + $1.mean.contribution }
        #expect((added - (parts.meanB - parts.meanA)).magnitude < 1e-6)
    }
}
