import TrackerLog

/// What a person needs who has recorded nothing yet: where programs send to.
package struct FirstStart: Sendable, Hashable {
    /// `http://localhost:8082`, as the browser asked for it.
    package var address: String
    /// Whether programs must send a key.
    package var needsKey: Bool
    /// As the server was started with; `nil` is unknown.
    package var dataFolder: String?

    package init(
        address: String = "http://localhost:8082", needsKey: Bool = false,
        dataFolder: String? = nil
    ) {
        self.address = address
        self.needsKey = needsKey
        self.dataFolder = dataFolder
    }

    /// Each way to begin, and the command to copy.
    var ways: [(what: String, command: String)] {
        let data = dataFolder.map { " --data " + ShellQuoting.quoted($0) } ?? ""
        let key = needsKey ? " -H \"x-api-key: $LOCAL_TRACKER_API_KEY\"" : ""
        let body =
            "{\"userId\":\"me\",\"challengeType\":\"try\",\"metricName\":\"latency_ms\","
            + "\"value\":12.5,\"runDetails\":{}}"
        return [
            ("See it with real data: a small server, and load on it", "tracker demo" + data),
            (
                "Test your own service",
                "tracker load http://localhost:8080/ --rate 200 --duration 30s --runs 3" + data
            ),
            (
                "Send a number from a shell",
                "curl -H 'Content-Type: application/json'\(key) -d '\(body)' \(address)/api/track"
            ),
            (
                "Log numbers of a script",
                "tracker log --metric build_s --value 12.5 --unit s" + data
            ),
            (
                "A program written for the guide: set its address",
                "export TRACKING_SERVICE_URL=\(address)/api/track"
            ),
        ]
    }
}

extension HTMLWriter {
    /// What to do when there are no sessions yet.
    mutating func newcomer(_ start: FirstStart) {
        raw(
            """
            <div class="panel empty"><h2>No sessions yet</h2><p>Sessions appear here, without a \
            reload, as soon as something is measured. Each of these commands makes one:</p><dl>
            """
        )
        for way in start.ways {
            raw("<div><dt>")
            text(way.what)
            raw("</dt><dd><code>")
            text(way.command)
            raw("</code></dd></div>")
        }
        raw("</dl></div>")
    }
}
