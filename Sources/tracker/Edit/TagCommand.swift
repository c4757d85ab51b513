import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker tag USER/SESSION TAG`.
struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Give a session a tag.",
        discussion: """
            `tracker sessions --tag` lists the sessions with a tag.

            EXAMPLES
              tracker tag ann/nightly release-2
            """)

    @OptionGroup var options: EditOptions
    @OptionGroup var session: SessionArgument

    @Argument(help: "The tag.")
    var tag: String

    func validate() throws {
        try EditOptions.check(tag, "the tag", upTo: EditLimits.maxNameBytes)
    }

    func run() throws {
        try withFailures {
            let edited = try EditedSession(session, options, "a tag is of")
            try edited.write(
                .tag, tag, options: options, done: { _ in "\(edited.name) has the tag \(tag)" })
        }
    }
}

/// `tracker untag USER/SESSION TAG`.
struct UntagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "untag",
        abstract: "Remove a tag from a session.",
        discussion: """
            EXAMPLES
              tracker untag ann/nightly release-2
            """)

    @OptionGroup var options: EditOptions
    @OptionGroup var session: SessionArgument

    @Argument(help: "The tag.")
    var tag: String

    func validate() throws {
        try EditOptions.check(tag, "the tag", upTo: EditLimits.maxNameBytes)
    }

    func run() throws {
        try withFailures {
            let edited = try EditedSession(session, options, "a tag is of")
            try edited.write(
                .untag, tag, options: options, done: { _ in "\(edited.name) lost the tag \(tag)" })
        }
    }
}
