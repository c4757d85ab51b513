import Testing

@testable import tracker

@Suite("Signals")
struct StopSignalsTests {
    @Test("Within a second all are one wish to stop; later ones end at once")
    func meaning() {
        let counter = SignalCounter()
        let begin = ContinuousClock.now
        #expect(!counter.hasCounted)
        #expect(counter.count(at: begin) == .stop)
        #expect(counter.hasCounted)
        for ms in [0, 1, 500, 999] {
            #expect(counter.count(at: begin + .milliseconds(ms)) == .repeated)
        }
        for ms in [1_000, 5_000] {
            #expect(counter.count(at: begin + .milliseconds(ms)) == .quit)
        }
    }
}
