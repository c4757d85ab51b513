import Testing
import TrackerLog
import TrackerTestSupport

@Suite("What the writer promises, on a disk that fails")
struct DurabilityModelTests {
    @Test("F35: durable-plane model, one to four faults a run")
    func durablePlane() throws {
        print("seeds 0..<\(Seeds.count)")
        for seed in 0..<Seeds.count {
            let plan = FaultPlan.random(seed: seed, count: 1...4, calls: 80)
            var model = try WriterModel(seed: seed, plan: plan)
            for round in 0..<3 {
                model.run(steps: 6)
                try model.check("seed \(seed)")
                for cut in 0..<UInt64(3) {
                    try model.checkPowerCut(seed: seed &* 9 &+ cut, "seed \(seed) round \(round)")
                }
            }
        }
    }

    @Test("F35: the disk fails often")
    func oftenFailing() throws {
        for seed in 0..<Seeds.count / 4 {
            let plan = FaultPlan.random(seed: seed, count: 20...60, calls: 200)
            var model = try WriterModel(seed: seed, plan: plan)
            model.run(steps: 24)
            try model.check("seed \(seed)")
            try model.checkPowerCut(seed: seed, "seed \(seed)")
        }
    }

    @Test("F17, F18, F33: the process ends at every call", arguments: Durability.allCases)
    func crashAtEveryCall(durability: Durability) throws {
        for bytes in [0, 1, 40, 1 << 20] {
            var call = 0
            while true {
                var model = try WriterModel(
                    seed: 7, plan: .crash(at: call, afterBytes: bytes), durability: durability)
                model.run(steps: 20)
                try model.check("crash at \(call) after \(bytes) bytes")
                for cut in 0..<UInt64(2) {
                    try model.checkPowerCut(seed: cut, "crash at \(call) after \(bytes) bytes")
                }
                guard model.storage.hasCrashed else { break }
                call += 1
            }
            #expect(call > 20)
        }
    }
}
