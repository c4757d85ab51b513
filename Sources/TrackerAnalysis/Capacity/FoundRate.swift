import TrackerIndexer
package import TrackerLog

/// What a search for the highest rate knows: the member `find_max` of the summary of each of its
/// steps, as of the end of the step.
package struct FoundRate: Sendable, Hashable {
    package enum Ending: String, Sendable {
        case found
        case neverKept = "never_kept"
        case neverBroken = "never_broken"
    }

    /// What broke the promise.
    package enum Limit: String, Sendable {
        case target, generator, connections
    }

    /// What is known of one rate: the name of a finding, such as `kept`.
    package struct Tried: Sendable, Hashable {
        package var rate: Double
        package var finding: String

        package init(rate: Double, finding: String) {
            self.rate = rate
            self.finding = finding
        }

        package var words: String {
            switch finding {
            case "likely_kept", "kept": "kept"
            case "likely_broken", "broken": "broken"
            case "unclear": "near the limit"
            default: "not clear yet"
            }
        }
    }

    package var ending: Ending
    package var rate: Double?
    package var interval: ClosedRange<Double>?
    package var kept: Double?
    package var broken: Double?
    /// As it was given.
    package var condition: String?
    package var limit: Limit?
    package var generatorLimit: String?
    package var tried: [Tried]
    /// Whether it ended because the next step would not have ended in time.
    package var isOutOfTime = false

    package init(
        ending: Ending, rate: Double? = nil, interval: ClosedRange<Double>? = nil,
        kept: Double? = nil, broken: Double? = nil, condition: String? = nil,
        limit: Limit? = nil, generatorLimit: String? = nil, tried: [Tried] = []
    ) {
        self.ending = ending
        self.rate = rate
        self.interval = interval
        self.kept = kept
        self.broken = broken
        self.condition = condition
        self.limit = limit
        self.generatorLimit = generatorLimit
        self.tried = tried
    }
}

extension FoundRate {
    package static let key = "find_max"

    package var member: JSONValue.Member {
        let rates = tried.map {
            JSONValue.object([
                .init("rate", .double($0.rate)), .init("finding", .string($0.finding)),
            ])
        }
        return .init(
            Self.key,
            .object(
                [.init("ending", .string(ending.rawValue))] + Self.numbers(of: self) + [
                    .init("rates", .array(rates)), .init("out_of_time", .bool(isOutOfTime)),
                ]))
    }

    /// Without how it ended, and without the single rates; all of them null without a search.
    package static func numbers(of found: FoundRate?) -> [JSONValue.Member] {
        let interval = found?.interval.map { ends in
            JSONValue.array([.double(ends.lowerBound), .double(ends.upperBound)])
        }
        return [
            .init("rate", .optional(found?.rate)), .init("interval", interval ?? .null),
            .init("kept", .optional(found?.kept)), .init("broken", .optional(found?.broken)),
            .init("condition", .optional(found?.condition)),
            .init("limit", .optional(found?.limit?.rawValue)),
            .init("generator_limit", .optional(found?.generatorLimit)),
        ]
    }

    /// - Parameter summary: of a step.
    /// - Returns: `nil` where it has no such member, or one that cannot be.
    package init?(summary: JSONValue?) {
        guard let found = summary?[Self.key],
            let ending = found["ending"]?.stringValue.flatMap(Ending.init)
        else { return nil }
        func number(_ name: String) -> Double? {
            found[name]?.doubleValue.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
        }
        let ends = (found["interval"]?.arrayValue ?? []).compactMap(\.doubleValue)
        let isRange = ends.count == 2 && ends[0] > 0 && ends[0] <= ends[1] && ends[1].isFinite
        self.init(
            ending: ending, rate: number("rate"), interval: isRange ? ends[0]...ends[1] : nil,
            kept: number("kept"), broken: number("broken"),
            condition: found["condition"]?.stringValue,
            limit: found["limit"]?.stringValue.flatMap(Limit.init),
            generatorLimit: found["generator_limit"]?.stringValue,
            tried: (found["rates"]?.arrayValue ?? []).compactMap { one in
                guard let rate = one["rate"]?.doubleValue, let finding = one["finding"]?.stringValue
                else { return nil }
                return Tried(rate: rate, finding: finding)
            })
        isOutOfTime = found["out_of_time"]?.boolValue ?? false
    }
}

extension FoundRate {
    package static func text(_ perSecond: Double, _ number: NumberFormat) -> String {
        number.fixed(perSecond, digits: 3, trimsZeros: true) + "/s"
    }

    /// The answer, in one sentence or some.
    /// - Parameters:
    ///   - promise: as it was given.
    ///   - isEarly: whether the search did not end by itself.
    ///   - connections: as many as there were at most.
    package func sentences(
        _ promise: String, isEarly: Bool, connections: Int?, number: NumberFormat
    ) -> [String] {
        func shown(_ rate: Double?) -> String { rate.map { Self.text($0, number) } ?? "-" }
        let few = connections.map { "\(number.count($0)) connections" } ?? "its connections"
        let early =
            (isEarly || isOutOfTime ? "So far: " : "")
            + (limit == .connections ? "with \(few), " : "")
        var lines: [String] = []
        switch ending {
        case .found:
            let between = interval.map {
                " (95 % interval \(shown($0.lowerBound)) to \(shown($0.upperBound)))"
            }
            lines.append("\(early)\(promise) is kept up to \(shown(rate))\(between ?? "")")
            lines.append(
                "It was kept at \(shown(kept)), and at \(shown(broken)) \(condition ?? "") was not")
        case .neverBroken where kept == nil:
            lines.append("\(early)at no rate it is clear whether \(promise) is kept")
        case .neverBroken:
            lines.append(
                "\(early)\(promise) was kept at each rate, the highest of them \(shown(kept))")
        case .neverKept:
            let lowest = tried.map(\.rate).min()
            lines.append(
                "\(early)\(promise) was not kept at any rate, the lowest of them"
                    + " \(shown(broken ?? lowest))")
            if let broken, let lowest, lowest < broken {
                lines.append("Whether it is kept at \(shown(lowest)) is not clear")
            }
        }
        switch limit {
        case .generator:
            lines.append(
                "The generator may have been the limit, not the target: "
                    + "\(generatorLimit ?? ""). The target may take more")
        case .connections:
            lines.append(
                "All connections were busy, and requests waited for one: that was the limit, not"
                    + " the target. It may take more: give more with --max-connections")
        case .target: lines.append("The target was the limit")
        case nil: break
        }
        if isOutOfTime {
            lines.append("The time was over before that was sure: give more with --for")
        }
        return lines
    }
}
