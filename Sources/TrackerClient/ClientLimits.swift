/// Every limit of the client in one place, with its reason.
package enum ClientLimits {
    /// A `.env` file is a handful of lines; anything longer is another file by mistake.
    package static let maxEnvironmentFileBytes = 1 << 20
    /// How long `git` may take to say the commit: a network file system must not delay the test.
    static let gitTimeoutMs: Int32 = 2_000
    /// What `git status` may print before it is cut; the commit is on the first line.
    static let maxGitOutputBytes = 64 << 10
}
