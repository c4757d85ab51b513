import TrackerIndexer
package import TrackerLog

/// What an experiment is about: the same in each of its runs.
package struct ExperimentSettings: Sendable, Hashable {
    package var metric: String
    package var numbers: [Statistic]
    /// The smallest relative difference that matters.
    package var minEffect: Double
    /// The same for the error rate, in percentage points.
    package var minErrorPoints: Double
    package var variants: Int
    /// Of the orders of the rounds.
    package var seed: Int

    package init(
        metric: String, numbers: [Statistic], minEffect: Double, minErrorPoints: Double,
        variants: Int, seed: Int
    ) {
        self.metric = metric
        self.numbers = numbers
        self.minEffect = minEffect
        self.minErrorPoints = minErrorPoints
        self.variants = variants
        self.seed = seed
    }

    /// The smallest difference that matters: relative; for the error rate in points.
    package func margin(of statistic: Statistic) -> Double {
        statistic == .errorRate ? minErrorPoints : minEffect
    }

    /// `A` is the first one, which the others are compared with.
    package static func letter(_ variant: Int) -> String {
        String(UnicodeScalar(UInt8(ascii: "A") + UInt8(variant)))
    }
}

/// The place of a run in an experiment: the param `ab` of its `run_started`.
package struct ExperimentTag: Sendable, Hashable {
    package static let key = Condition.experiment

    package var settings: ExperimentSettings
    /// From 0.
    package var variant: Int
    /// What the variant is: a URL, a command, a commit.
    package var name: String
    /// From 1.
    package var round: Int
    /// In the order of the round, from 0.
    package var place: Int
    /// Of this order, of the two in which the variant and the first one change places.
    package var probability: Double

    package init(
        settings: ExperimentSettings, variant: Int, name: String, round: Int, place: Int,
        probability: Double
    ) {
        self.settings = settings
        self.variant = variant
        self.name = name
        self.round = round
        self.place = place
        self.probability = probability
    }

    package var member: JSONValue.Member {
        JSONValue.Member(
            Self.key,
            .object([
                .init("variant", .string(ExperimentSettings.letter(variant))),
                .init("name", .string(name)), .init("round", .integer(round)),
                .init("place", .integer(place + 1)), .init("probability", .double(probability)),
                .init("variants", .integer(settings.variants)),
                .init("metric", .string(settings.metric)),
                .init("numbers", .array(settings.numbers.map { .string($0.rawValue) })),
                .init("min_effect", .double(settings.minEffect)),
                .init("min_error_points", .double(settings.minErrorPoints)),
                .init("seed", .integer(settings.seed)),
            ]))
    }

    /// - Returns: `nil` where the params have no such member, or one that cannot be.
    package init?(params: JSONValue) {
        guard let tag = params[Self.key], let letter = tag["variant"]?.stringValue,
            let variants = tag["variants"]?.intValue,
            2...SequentialLimits.maxVariants ~= variants,
            let variant = (0..<variants).first(where: {
                ExperimentSettings.letter($0).isExactly(letter)
            }),
            let round = tag["round"]?.intValue, round > 0,
            let place = tag["place"]?.intValue, 1...variants ~= place,
            let probability = tag["probability"]?.doubleValue, probability > 0, probability < 1,
            let metric = tag["metric"]?.stringValue, let seed = tag["seed"]?.intValue,
            let minEffect = tag["min_effect"]?.doubleValue, minEffect > 0,
            let minErrorPoints = tag["min_error_points"]?.doubleValue, minErrorPoints > 0
        else { return nil }
        let names = (tag["numbers"]?.arrayValue ?? []).compactMap(\.stringValue)
        let numbers = Statistic.allCases.filter { number in
            names.contains { $0.isExactly(number.rawValue) }
        }
        guard !numbers.isEmpty else { return nil }
        settings = ExperimentSettings(
            metric: metric, numbers: numbers, minEffect: minEffect,
            minErrorPoints: minErrorPoints, variants: variants, seed: seed)
        (self.variant, self.round, self.probability) = (variant, round, probability)
        self.place = place - 1
        name = tag["name"]?.stringValue ?? letter
    }

    /// The letter of the variant; `nil` for a run of no experiment.
    static func letter(of run: RunSummary) -> String? {
        ExperimentTag(params: run.params).map { ExperimentSettings.letter($0.variant) }
    }
}
