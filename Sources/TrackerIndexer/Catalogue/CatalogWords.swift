package import TrackerLog

/// The language of filters, the same on the page, for programs and on the command line:
///
/// ```text
/// pool              in the name, the id, the user, a tag or a target
/// tag:pool target:8080 user:ann commit:9f3c2a1 test:checkout name:"before the fix"
/// is:failed is:damaged is:running is:archived worse better
/// since:2026-11-25 until:monday since:7d        days are in UTC
/// p99>20ms p50<=3ms errors>0 errors>1% errors=0 rate>100 n>1000 runs>3
/// -tag:pool         leaves out what the word behind it finds
/// ```
extension CatalogFilter.Term {
    /// - Parameters:
    ///   - word: as typed by a person. One that is not a known condition is searched for as text.
    ///   - now: for `since:monday`; `nil` knows dates alone.
    package init(_ word: String, now: Timestamp?) {
        let rest = word.dropFirst()
        if word.first.map("-!".contains) == true, !rest.isEmpty {
            self = .not(Self(plain: String(rest), now: now))
        } else {
            self.init(plain: word, now: now)
        }
    }

    /// A word without the sign that turns it.
    init(plain word: String, now: Timestamp?) {
        let lower = word.lowercased()
        let parts = lower.parts(separatedBy: ":", maxSplits: 1)
        let value = parts.count == 2 ? parts[1] : ""
        let time = Self.time(value, now: now)
        switch parts.first {
        case "tag" where !value.isEmpty: self = .tag(value)
        case "target" where !value.isEmpty: self = .target(value)
        case "user" where !value.isEmpty: self = .user(value)
        case "commit" where !value.isEmpty: self = .commit(value)
        case "test" where !value.isEmpty: self = .test(value)
        case "name" where !value.isEmpty: self = .name(value)
        case "is": self = CatalogWords.states[value] ?? .text(lower)
        case "since": self = time.map(Self.since) ?? .text(lower)
        case "until": self = time.map(Self.until) ?? .text(lower)
        default:
            self =
                CatalogShift(rawValue: lower).map(Self.shift)
                ?? CatalogNumber(word).map(Self.number) ?? .text(lower)
        }
    }

    package init(_ word: String) { self.init(word, now: nil) }

    /// Parses a date, or a date with a time; UTC if there is no zone. With `now` also `today`,
    /// `yesterday`, a day of the last week (`monday`), and a time ago (`7d`, `12h`).
    package static func time(_ text: String, now: Timestamp? = nil) -> Timestamp? {
        let upper = text.uppercased()
        return Timestamp(iso8601AssumingUTC: upper)
            ?? Timestamp(iso8601AssumingUTC: upper + "T00:00:00")
            ?? now.flatMap { relative(text.lowercased(), $0) }
    }

    private static func relative(_ text: String, _ now: Timestamp) -> Timestamp? {
        func day(_ number: Int) -> Timestamp? {
            Timestamp(milliseconds: Double(number) * 86_400_000)
        }
        switch text {
        case "today": return day(now.dayNumber)
        case "yesterday": return day(now.dayNumber - 1)
        default: break
        }
        if let weekday = CatalogWords.weekdays.firstIndex(where: text.isExactly) {
            return day(now.dayNumber - (now.calendar.weekday - weekday + 7) % 7)
        }
        let steps: [Character: Double] = ["h": 3_600_000, "d": 86_400_000, "w": 604_800_000]
        guard let unit = text.last, let stepMs = steps[unit], let count = Int(text.dropLast()),
            (1...CatalogWords.mostStepsAgo).contains(count)
        else { return nil }
        return now.advanced(byMilliseconds: -Double(count) * stepMs)
    }
}

/// What is known of the words of a filter, and doubts about those that are not.
package enum CatalogWords {
    static let keys = [
        "tag", "target", "user", "commit", "test", "name", "is", "since", "until",
    ]
    static let states: [String: CatalogFilter.Term] = [
        "archived": .isArchived, "running": .isRunning, "failed": .isFailed,
        "damaged": .isDamaged, "worse": .shift(.worse), "better": .shift(.better),
    ]
    static let weekdays = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]
    /// Ten years of days; more is a slip.
    static let mostStepsAgo = 3_650
    /// A longer word is none that was meant: it is not searched for slips.
    private static let longestKey = 12

    /// What is doubtful about a word that looks like a condition and is none, or has a unit that
    /// nobody knows; `nil` for all others.
    package static func doubt(_ word: String, now: Timestamp?) -> String? {
        doubt(CatalogFilter.Term(word, now: now))
    }

    static func doubt(_ term: CatalogFilter.Term) -> String? {
        switch term {
        case .not(let term): doubt(term)
        case .number(let number): doubt(unitOf: number)
        case .text(let text): doubt(text: text)
        default: nil
        }
    }

    private static func doubt(unitOf number: CatalogNumber) -> String? {
        guard let unit = number.unit, !MetricUnit.isKnown(unit) else { return nil }
        return "no unit is called \(unit), as ms, s, MB or % are: only sessions are found that were"
            + " logged with it"
    }

    private static func doubt(text: String) -> String? {
        let parts = text.parts(separatedBy: ":", maxSplits: 1)
        if parts.count == 2, !parts[1].hasPrefix("//") {
            return doubt(key: parts[0], value: parts[1], in: text)
        }
        let fields = CatalogNumber.Field.allCases.map(\.rawValue)
        guard let mark = text.firstIndex(where: "<>=".contains) else { return nil }
        let name = String(text[..<mark])
        // An address may have `a=b` in it.
        guard text[mark] != "=" || fields.contains(name) else { return nil }
        let meant = nearest(name, in: fields).map { "did you mean \($0)\(text[mark...])? " } ?? ""
        let advice =
            fields.contains(name) || name.isEmpty
            ? "give a number without spaces, as in p99>20ms, errors>1% or runs=1"
            : meant + "the numbers are \(fields.joined(separator: ", "))"
        return "\(text) is searched for as text: \(advice)"
    }

    private static func doubt(key: String, value: String, in text: String) -> String? {
        let searched = "\(text) is searched for as text: "
        switch key {
        case "is":
            let all = states.keys.sorted()
            return searched
                + (nearest(value, in: all).map { "did you mean is:\($0)?" }
                    ?? "is: takes \(all.joined(separator: ", "))")
        case "since", "until":
            return searched + "give a day like 2026-11-25, monday, today or 7d"
        case "tag", "target", "user", "commit", "test", "name":
            return searched + "there is nothing behind \(key):"
        default:
            if key.hasPrefix("i"), states[value] != nil {
                return searched + "did you mean is:\(value)?"
            }
            guard let near = nearest(key, in: keys.filter { $0.count > 2 }) else { return nil }
            return searched + "did you mean \(near):\(value)?"
        }
    }

    /// The known word that was most likely meant: at most two letters differ, and never all.
    private static func nearest(_ word: String, in known: [String]) -> String? {
        guard word.count <= longestKey else { return nil }
        let near = known.map { (word: $0, letters: distance($0, word)) }.min {
            $0.letters < $1.letters
        }
        guard let near, near.letters <= 2, near.letters < near.word.count else { return nil }
        return near.word
    }

    /// Letters to insert, remove or replace to make one word of the other.
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var row = Array(0...b.count)
        for (index, letter) in a.enumerated() {
            var before = row[0]
            row[0] = index + 1
            for (at, other) in b.enumerated() {
                let kept = before + (letter == other ? 0 : 1)
                before = row[at + 1]
                row[at + 1] = min(kept, row[at] + 1, before + 1)
            }
        }
        return row[b.count]
    }
}
