import Synchronization
package import TrackerLog

/// The identifying fields of `run_started`.
package struct RunIdentity: Sendable {
    /// Unique within the session.
    package var run: String
    package var session: SessionID
    /// The kind of test.
    package var test: String
    /// The tested system, usually a URL.
    package var target: String
    package var commit: String?
    package var environment: JSONValue
    /// Added to the params of the plan.
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
