import Testing
import TrackerLoad
import TrackerLog

@Suite("The demo target's behaviour")
struct DemoBehaviourTests {
    private func answers(
        _ behaviour: DemoBehaviour, path: String = "/", elapsedNs: Int64 = 0, seed: UInt64 = 3
    ) -> [DemoBehaviour.Answer] {
        var random = SplitMix64(seed: seed)
        return (0..<4_000).map { _ in
            behaviour.answer(path: path, elapsedNs: elapsedNs, random: &random)
        }
    }

    @Test("Latencies are log-normal around the median, and follow from the seed")
    func distribution() {
        let behaviour = DemoBehaviour(medianMs: 10, sigma: 0.5, errorShare: 0)
        let delays = answers(behaviour).map(\.delayNs).sorted()
        #expect(abs(Double(delays[2_000]) / 1e7 - 1) < 0.05)
        // One standard deviation up: e^0.5 = 1.6487 times the median.
        #expect(abs(Double(delays[3_365]) / 1e7 - 1.6487) < 0.1)
        #expect(answers(behaviour) == answers(behaviour))
        #expect(answers(behaviour) != answers(behaviour, seed: 4))
    }

    @Test("Errors come at their share, and never from the health check")
    func errors() {
        let behaviour = DemoBehaviour(errorShare: 0.25)
        let failed = answers(behaviour).filter { $0.status == 500 }.count
        #expect((900...1_100).contains(failed))
        #expect(answers(behaviour, path: "/healthz").allSatisfy { $0.status == 200 })
        #expect(answers(behaviour, path: "/none").allSatisfy { $0.status == 404 })
    }

    @Test("A spell is the last part of its period")
    func spells() {
        let spell = DemoBehaviour.Spell(
            every: .seconds(20), length: .seconds(2), effect: .slower(5))
        #expect(spell.remainingNs(elapsedNs: 17_999_999_999) == nil)
        #expect(spell.remainingNs(elapsedNs: 18_000_000_000) == 2_000_000_000)
        #expect(spell.remainingNs(elapsedNs: 39_500_000_000) == 500_000_000)
        #expect(spell.remainingNs(elapsedNs: 40_000_000_000) == nil)
        var behaviour = DemoBehaviour(medianMs: 10, sigma: 0, errorShare: 0, spell: spell)
        #expect(answers(behaviour, elapsedNs: 18_000_000_000)[0].delayNs == 50_000_000)
        behaviour.spell?.effect = .stall
        #expect(answers(behaviour, elapsedNs: 18_000_000_000)[0].delayNs == 2_010_000_000)
    }

    @Test("Routes: items by id, queries ignored, slower and faster ones")
    func routes() {
        let behaviour = DemoBehaviour(
            medianMs: 10, sigma: 0, errorShare: 0, factors: ["/api/cart": 2])
        func delayMs(_ path: String) -> Double {
            Double(answers(behaviour, path: path)[0].delayNs) / 1e6
        }
        #expect(delayMs("/") == 10)
        #expect(delayMs("/?a=/api/cart") == 10)
        #expect(delayMs("/api/items/17") == 8)
        #expect(delayMs("/api/items/") == 0)
        #expect(delayMs("/api/cart") == 20)
    }

    @Test("The demo's second half is better where it says so")
    func scenario() throws {
        let before = DemoScenario.step(0).behaviour
        let after = DemoScenario.step(1).behaviour
        let random = answers(before, path: "/api/cart").map(\.delayNs).sorted()
        let improved = answers(after, path: "/api/cart").map(\.delayNs).sorted()
        #expect(improved[3_800] * 2 < random[3_800])
        let templates = try DemoScenario.templates(origin: Origin(host: "127.0.0.1", port: 1))
        #expect(Set(templates.map(\.route)) == Set(DemoRoute.all.map(\.name)))
        #expect(templates.filter { $0.route == "/api/items/{id}" }.count == 10)
    }
}
