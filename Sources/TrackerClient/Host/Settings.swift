import Glibc

/// Settings by name: from the process's environment, else from `.env` in the current directory.
package struct Settings: Sendable {
    private let file: EnvironmentFile
    private let environment: @Sendable (String) -> String?

    package init(
        file: EnvironmentFile, environment: @escaping @Sendable (String) -> String?
    ) {
        self.file = file
        self.environment = environment
    }

    /// What this process has.
    package static func current() throws(ClientError) -> Settings {
        Settings(file: try EnvironmentFile(path: ".env")) { name in
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe String(cString: value)
        }
    }

    /// The value of a name. The real environment wins, even with an empty value; an empty value is
    /// none.
    package subscript(name: String) -> String? {
        let value = environment(name) ?? file.values[name]
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The user that data belongs to: `LOCAL_TRACKER_USER_ID`, else the older `INFLUENCER_USER`.
    package var user: String {
        self["LOCAL_TRACKER_USER_ID"] ?? self["INFLUENCER_USER"] ?? "anonymous"
    }

    /// The key that writing clients must give: `LOCAL_TRACKER_API_KEY`, else the older `API_KEY`.
    package var apiKey: String? { self["LOCAL_TRACKER_API_KEY"] ?? self["API_KEY"] }

    /// The data folder: `TRACKER_DATA`, else `./data`.
    package var dataFolder: String { self["TRACKER_DATA"] ?? "./data" }

    /// Lines of `.env` that could not be read.
    package var skippedLines: [Int] { file.skippedLines }
}
