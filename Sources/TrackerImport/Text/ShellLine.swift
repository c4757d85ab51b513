/// A command behind a prompt: `user@host % wrk -t2 -c 16 http://localhost/`.
struct ShellLine {
    /// What follows the program's name.
    let words: [String]

    /// - Parameter program: its name, with or without a path before it.
    init?(_ line: String, program: String) {
        let all = line.split(separator: " ").map(String.init)
        guard let index = all.firstIndex(where: { $0 == program || $0.hasSuffix("/" + program) })
        else { return nil }
        words = Array(all[(index + 1)...])
    }

    var url: String? {
        words.last { $0.contains("://") }?.trimmingQuotes
    }

    /// The value of an option: `-c 16`, `-c16`, `--connections 16` or `--connections=16`.
    func option(_ short: String, _ long: String) -> String? {
        for (index, word) in words.enumerated() {
            if word == short || word == long {
                return index + 1 < words.count ? words[index + 1] : nil
            }
            if word.hasPrefix(long + "=") { return String(word.dropFirst(long.count + 1)) }
            if word.hasPrefix(short), !word.hasPrefix("--"), word.count > short.count {
                return String(word.dropFirst(short.count))
            }
        }
        return nil
    }
}

extension String {
    /// Without a quote at each end.
    var trimmingQuotes: String {
        guard count >= 2, let first, first == last, first == "\"" || first == "'" else {
            return self
        }
        return String(dropFirst().dropLast())
    }
}
