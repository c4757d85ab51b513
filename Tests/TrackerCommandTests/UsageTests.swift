import Testing
import TrackerLog

@testable import tracker

@Suite("Wrong command lines")
struct UsageTests {
    /// What is wrong, and a word of what is said about it.
    @Test(
        "A wrong argument is a usage error, and says which",
        arguments: [
            ("nonsense", "nonsense"), ("sessions --nonsense", "--nonsense"),
            ("sessions --since someday", "--since"), ("sessions --until 2026-99", "--until"),
            ("sessions --sort size", "--sort"), ("show", "user/session"),
            ("show a/b --buckets", "--json"), ("cat", "user/session"), ("cat a/b c/d", "c/d"),
            ("log --metric m", "--value"), ("log --value 1", "--metric"),
            ("log --unit ms", "--metric"), ("log --metric m --value x", "--value"),
            ("log --metric m --value 1 --label a", "name=value"),
            ("log --metric m --value nan", "finite"), ("log --metric m --value 1e400", "finite"),
            ("log --metric= --value 1", "--metric"),
            ("log --metric \(String(repeating: "m", count: 129)) --value 1", "1 to 128 characters"),
            ("log --metric m --value 1 --label a=b --label a=c", "each name once"),
            ("log --metric m --value 1 --run \(String(repeating: "x", count: 2_000))", "--run"),
            ("log --durability none", "--durability"), ("log --label a=b", "--metric"),
            ("session start --name \(String(repeating: "x", count: 5_000))", "--name"),
            ("session stop", "stop"), ("baseline", "--target"),
            ("baseline a --target b", "--target"),
            ("index --threads 0", "--threads"), ("index --threads 257", "--threads"),
            ("index --threads x", "--threads"), ("index extra", "extra"),
            ("fold a b -o c --as u/s/w.000001.jsonl", "--as"), ("fold a", "output"),
            ("fold - -o c", "--as"), ("fold a -o - --json", "--json"),
            ("fold a -o b --as nowhere", "--as"), ("fold -o b", "segment"),
            ("merge a -o - --json", "--json"), ("merge a -o b --data c", "--data"),
            ("merge", "state"), ("compare", "two"), ("compare a", "two"),
            ("compare a b --before c", "--after"), ("compare --before a --after b c", "two"),
            ("compare a b --min-effect 0", "--min-effect"),
            ("compare a b --min-effect x%", "--min-effect"),
            ("compare a b --min-effect 1.5", "--min-effect"),
            ("compare a b --min-errors 0.1", "--min-errors"),
            ("compare a b --min-errors 100pp", "--min-errors"), ("trend", "--values"),
            ("trend a --values", "--values"), ("trend a --statistic p42", "--statistic"),
            ("gate", "target"), ("gate --target a", "against"),
            ("gate --target a --against b --json --markdown", "--markdown"),
            ("compact --quiet -1", "--quiet"), ("prune", "--keep-last"),
            ("prune --keep-last 0", "--keep-last"), ("prune --older-than 3", "--keep-last"),
            ("prune --keep-last 3 --older-than nan", "--older-than"),
            ("prune --keep-last 3 --yes", "--empty-trash"), ("prune --keep-size 5X", "--keep-size"),
            ("prune a --keep-size 5G", "--keep-size"),
            ("prune a --empty-trash", "--empty-trash"), ("prune --empty-trash --apply", "--yes"),
            ("selftest --seconds 0", "--seconds"), ("selftest --seconds 3601", "--seconds"),
            ("serve --port none", "--socket"), ("serve --port nothing", "--port"),
            ("serve --listen 192.168.1.5", "--host"), ("serve --host a.example", "--listen"),
            ("serve --listen lab --host lab", "numeric"),
            ("serve --listen 0.0.0.0 --host lab", "each one"),
            ("serve --listen :: --host lab", "each one"),
            ("serve --listen 127.0.0.2 --host lab", "anyway"),
            ("serve --listen 192.168.1.5 --host *.lab", "patterns"),
            ("serve --install --port none --socket s", "--install"),
            ("serve --port 65536", "--port"), ("serve --port -1", "--port"),
            ("demo --runs 0", "--runs"), ("demo target --errors 101", "--errors"),
            ("demo target --sigma -1", "--sigma"),
            ("demo target --slow-factor -1", "--slow-factor"),
            ("load", "urls"), ("load x --runs 0", "--runs"),
            ("load x --every 1s --pause 1s", "--pause"), ("load x --watch 1 --no-watch", "--watch"),
            ("load x --rate 1 --connections 2", "--connections"),
            ("load x --arrivals poisson", "--rate"),
            ("load x --stages 1s:5 --duration 1s", "--stages"),
            ("load x --body a --body-file b", "--body"), ("load x --target-name=", "--target-name"),
            ("export a", "--format"), ("export --format csv", "session"),
            ("export a --format xls", "--format"),
            ("export a --format csv --metric m", "--metric"), ("report", "session"),
            ("report a b c", "two"), ("report a --svg pie", "--svg"),
            ("report a --png --markdown", "--png"), ("report a b --svg throughput", "--svg"),
        ])
    func usage(line: String, word: String) async throws {
        let result = try await CommandHarness.run(ShellWords.commands(line)[0])
        #expect(result.status == 64, "\(line): \(result)")
        #expect(result.output == "", "\(line)")
        let first = result.errors.split(separator: "\n").first ?? ""
        #expect(first.hasPrefix("Error: "), "\(line): \(first)")
        #expect(result.errors.contains(word), "\(line): \(result.errors)")
        #expect(result.errors.contains("Usage: tracker"), "\(line)")
    }

    /// A name that is no command's, and the command in whose place it stands.
    @Test(
        "The help of a command that does not exist is an error",
        arguments: [
            ("nosuch --help", "tracker <"), ("nosuch -h", "tracker <"),
            ("help nosuch", "tracker <"), ("nosuch", "tracker <"),
            ("demo nosuch --help", "tracker demo "),
            ("session nosuch --help", "tracker session "),
            ("help session nosuch", "tracker session "), ("help demo nosuch", "tracker demo "),
            ("Show a/b", "tracker <"), ("sho\u{301}w", "tracker <"), ("'' --help", "tracker <"),
        ])
    func unknownCommand(line: String, usage: String) async throws {
        let words = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
        let result = try await CommandHarness.run(words)
        #expect(result.status == 64 && result.output == "", "\(line): \(result)")
        #expect(result.errors.contains("there is no command \""), "\(result.errors)")
        #expect(result.errors.contains("\nUsage: \(usage)"), "\(result.errors)")
    }

    @Test(
        "Help is printed where it is asked for",
        arguments: ["--help", "help", "show --help", "help show", "session", "help session start"])
    func help(line: String) async throws {
        let result = try await CommandHarness.run(line.split(separator: " ").map(String.init))
        #expect(result.status == 0 && result.errors == "", "\(line): \(result)")
        #expect(result.output.hasPrefix("OVERVIEW: ") && result.output.contains("USAGE: tracker"))
    }

    @Test(
        "What a command refuses while it runs has the usage of this command",
        arguments: [
            ("show a/b --user=", "show"), ("sessions --user=", "sessions"),
            ("load x:y --requests 1", "load"), ("load localhost --duration 1x", "load"),
            ("demo play --duration 1x", "demo play"),
            ("log --session= --metric m --value 1", "log"),
            ("session current --user=", "session current"),
        ])
    func ownUsage(line: String, command: String) async throws {
        let harness = try CommandHarness()
        var words = line.split(separator: " ").map(String.init)
        if !line.contains("--data") { words += ["--data", harness.dataFolder] }
        let result = try await CommandHarness.run(words)
        #expect(result.status == 64, "\(line): \(result)")
        #expect(result.errors.contains("\nUsage: tracker \(command) "), "\(result.errors)")
        #expect(result.errors.contains("See 'tracker \(command) --help'"), "\(result.errors)")
    }

    @Test(
        "No argument reaches the terminal as it is",
        arguments: [
            ["\u{1B}[31m"], ["show", "a", "\u{1B}[31m"], ["load", "x", "--name", "\u{1B}[31m"],
            ["sessions", "--\u{1B}[31m"], ["gate", "--target", "x", "--against", "\u{1B}[31m"],
            ["demo", "\u{1B}[31m"], ["load", "http://\u{1B}[31m/"],
            ["show", "--user", "\u{1B}[31m"],
        ])
    func hostileUsage(words: [String]) async throws {
        let harness = try CommandHarness()
        let result = try await CommandHarness.run(words + ["--data", harness.dataFolder])
        #expect(result.status != 0)
        let printed = (result.output + result.errors).replacing("\n", with: "")
        #expect(printed.unicodeScalars.allSatisfy { !VisibleText.isHidden($0) }, "\(result)")
    }

    /// Commands that read a data folder that is there.
    private static let reading = [
        "sessions", "show a/b", "cat a/b", "index", "compare a b", "trend api", "verify", "repair",
        "repair --apply a/b", "compact", "compact --dry-run", "prune --keep-last 1",
        "prune --keep-last 1 --apply", "prune --empty-trash", "restore", "restore a/b",
        "note a/b x", "tag a/b x", "untag a/b x", "rename a/b x", "archive a/b", "unarchive a/b",
        "left-out a/b#r x", "undo a/b x", "attach x a/b",
        "baseline a/b", "baseline --target api", "gate --target api --against last", "selftest",
    ]

    @Test("A missing data folder is named, and is not made", arguments: UsageTests.reading)
    func missingFolder(line: String) async throws {
        // Repairing makes the folder it writes to.
        guard !line.hasPrefix("repair --apply") else { return }
        let harness = try CommandHarness()
        let result = try await CommandHarness.run(
            ShellWords.commands(line)[0] + ["--data", harness.dataFolder])
        #expect(result.status == 2, "\(result)")
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("error: "), "\(result.errors)")
        #expect(result.errors.contains(harness.dataFolder), "\(result.errors)")
        #expect(result.errors.contains("--data"), "\(result.errors)")
        #expect(throws: StorageError.self) {
            try PosixStorage(root: harness.dataFolder, create: false)
        }
    }

    @Test(
        "A session that is not there is named, with how to find it",
        arguments: [
            "show no/where", "cat no/where", "verify no/where", "repair no/where",
            "compact no/where", "prune no/where", "compare no/where no/where", "baseline no/where",
            "restore no/where", "note no/where x", "tag no/where x", "untag no/where x",
            "rename no/where x", "archive no/where", "unarchive no/where",
            "left-out no/where#r x", "undo no/where x", "attach x no/where",
        ])
    func missingSession(line: String) async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init())
        let words = ShellWords.commands(line)[0]
        let result = try await CommandHarness.run(words + ["--data", harness.dataFolder])
        #expect(result.status == 2, "\(result)")
        #expect(result.errors.contains("no/where"), "\(result.errors)")
        #expect(result.errors.contains("`tracker "), "\(result.errors)")
        #expect(result.errors.contains(" --data \(harness.dataFolder)`"), "\(result.errors)")
        #expect(result.output == "")
    }

    @Test("What is hostile in an argument does not reach the terminal")
    func hostileArgument() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init())
        let result = try await harness.run("show", "x\u{1B}[31m\u{200B}")
        #expect(result.status == 2)
        #expect(result.errors.contains("x\\u{1b}[31m\\u{200b}"), "\(result.errors)")
    }
}
