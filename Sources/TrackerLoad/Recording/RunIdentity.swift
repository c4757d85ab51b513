import Synchronization
package import TrackerLog

/// What a run is called, and where and on what it runs.
package struct RunIdentity: Sendable {
    /// Unique within the session.
    package var run: String
    package var session: SessionID
    /// The kind of test.
    package var test: String
    /// What is tested, usually a URL.
    package var target: String
    package var commit: String?
    package var environment: JSONValue
    /// Added to what the plan says of itself.
    package var params: [JSONValue.Member]

    package init(
        run: String, session: SessionID, test: String = "load", target: String,
        commit: String? = nil, environment: JSONValue = .emptyObject,
        params: [JSONValue.Member] = []
    ) {
        self.run = run
        self.session = session
        self.test = test
        self.target = target
        self.commit = commit
        self.environment = environment
        self.params = params
    }
}
