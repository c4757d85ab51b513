import Synchronization
import Testing
import TrackerAnalysis
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

@testable import TrackerWeb

/// What one question about several sessions may cost.
@Suite("The time of a question", .timeLimit(.minutes(10)))
struct ReadBudgetTests {
    /// Time that is over when so many looks at it were taken.
    private final class Looks: Sendable {
        private let most: Int
        private let count = Atomic(0)

        init(_ most: Int) { self.most = most }

        var taken: Int { count.load(ordering: .relaxed) }
        var budget: Analyst.Budget {
            { { self.count.add(1, ordering: .relaxed).newValue > self.most } }
        }
    }

    private static func answer(
        _ storage: any Storage, budget: @escaping Analyst.Budget
    ) async throws -> String? {
        let analyst = Analyst(
            storage: storage, user: try UserID("x"), threads: 1, budget: budget)
        let names = ServerCompareTests.names
        let query = CompareQuery(queryItems: [("a", names[0]), ("b", names[1])])
        do {
            return try await analyst.compare(query).json.text
        } catch is QuestionTooLong {
            return nil
        }
    }

    @Test("wherever it ends, the question is refused as a whole, and the next one is answered")
    func anywhere() async throws {
        let storage = try ServerCompareTests.storage()
        let whole = Looks(.max)
        let right = try #require(try await Self.answer(storage, budget: whole.budget))
        #expect(whole.taken > 5)
        for count in 0..<whole.taken {
            let storage = try ServerCompareTests.storage()
            let found = try await Self.answer(storage, budget: Looks(count).budget)
            #expect(found == nil, "after \(count) looks")
            let next = try await Self.answer(storage, budget: Looks(.max).budget)
            #expect(next == right, "after \(count) looks")
        }
    }

    @Test("a question is refused where its time ends in work on what was read")
    func work() throws {
        let looks = Looks(1)
        let reading = ReadBudget(MemoryStorage(), isSpent: looks.budget())
        #expect(throws: QuestionTooLong.self) {
            try reading.spend { _ in
                for _ in 0..<1_000_000 where !WorkBudget.isOver(after: 1_000) {}
                #expect(WorkBudget.hasStopped)
            }
        }
        // The budget ends with its question.
        #expect(!WorkBudget.isOver(after: .max / 2) && !WorkBudget.hasStopped)
    }

    @Test("a question without time is answered with 503, on pages and for programs")
    func refused() async throws {
        let storage = try ServerCompareTests.storage()
        let none: Analyst.Budget = { { true } }
        try await withServer(storage: storage, budget: none) { server in
            for path in ["/compare", "/api/v1/compare"] {
                let reply = try await server.get(path + ServerCompareTests.query)
                #expect(reply.status == 503 && reply.header("retry-after") == "20", "\(path)")
                #expect(reply.body.contains("tracker compare"), "\(path)")
            }
            for path in ["/trends", "/api/v1/trend"] {
                #expect(try await server.get(path + "?target=api").status == 503, "\(path)")
            }
            #expect(try await server.get("/health").status == 200)
        }
    }
}
