import TrackerImport
package import TrackerLog

/// Where events go that name no session.
package struct OtlpDefaults: Sendable {
    package var user: UserID
    /// The session that the user's programs join; `nil` when there is none.
    package var currentSession: @Sendable (UserID) -> SessionID?

    package init(user: UserID, currentSession: @escaping @Sendable (UserID) -> SessionID?) {
        self.user = user
        self.currentSession = currentSession
    }
}

/// Who sends: a service, a process of it. It is one run.
struct OtlpResource {
    let attributes: OtlpAttributes
    let user: UserID
    /// `nil`: that of the day.
    let session: SessionID?
    let run: String
    let service: String

    /// Attributes that say where the events go. They are no facts about the program.
    private static let userKey = "tracker.user"
    private static let sessionKey = "tracker.session"
    private static let runKey = "tracker.run"

    init(
        _ message: OtlpMessage?, _ request: OtlpRequest, _ defaults: OtlpDefaults
    ) throws(OtlpRefusal) {
        let attributes = OtlpAttributes(message?.messages(.attributes) ?? [])
        self.attributes = attributes
        service = OtlpSpan.service(attributes, toBytes: TelemetryLimits.labelBytes)
        let user = attributes[Self.userKey] ?? request.user
        guard let id = user.map(UserID.init(valid:)) ?? defaults.user else {
            throw .malformed("The user (x-tracker-user, tracker.user) cannot name a folder.")
        }
        try Self.refuse(step: id.value, "user")
        self.user = id
        if let name = attributes[Self.sessionKey] ?? request.session {
            guard let named = SessionID(valid: name) else {
                throw .malformed(
                    "The session (x-tracker-session, tracker.session) cannot name a folder.")
            }
            try Self.refuse(step: named.value, "session")
            session = named
        } else {
            session = defaults.currentSession(id)
        }
        let digits = XXHash64.hex(attributes.fingerprint).prefix(8)
        run =
            (attributes[Self.runKey] ?? "\(service)-\(digits)")
            .shortened(toBytes: LogLimits.maxNameBytes)
    }

    /// As `POST /api/track` does.
    private static func refuse(step name: String, _ what: String) throws(OtlpRefusal) {
        guard name.isPathStep else { return }
        throw .malformed(
            "The \(what) (x-tracker-\(what), tracker.\(what)) is \".\" or \"..\", which no URL can"
                + " hold: choose another.")
    }

    /// - Parameter time: of the first event: a body that comes again has the same one.
    func session(onDayOf time: Timestamp) -> SessionID {
        if let session { return session }
        guard let id = SessionID(directoryName: "otel-" + time.compactText.prefix(8)) else {
            preconditionFailure("the session of a day is no directory name: \(time)")
        }
        return id
    }

    func sample(_ span: OtlpSpan) -> Sample {
        Sample(
            timestamp: span.start, metric: span.metric, value: span.milliseconds, unit: "ms",
            run: run, labels: span.labels(service: service, toBytes: TelemetryLimits.labelBytes),
            ok: span.ok)
    }

    func started(at time: Timestamp) -> RunStarted {
        let facts = attributes.labels(toBytes: TelemetryLimits.labelBytes)
            .filter { ![Self.userKey, Self.sessionKey, Self.runKey].contains($0.name) }
        return RunStarted(
            timestamp: time, run: run, test: "opentelemetry", target: service,
            params: .object([.init("generator", .string("opentelemetry"))]),
            commit: attributes["vcs.ref.head.revision"]?.shortened(
                toBytes: TelemetryLimits.labelBytes),
            environment: .object(facts.map { .init($0.name, .string($0.value)) }))
    }
}
