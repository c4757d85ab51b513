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
            ("The same from Python", python(body)),
            ("The same from Node", node(body)),
            (
                "Take over a run of k6",
                "k6 run --out json=run.json script.js && tracker import run.json" + data
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

    private func python(_ body: String) -> String {
        let key = needsKey ? ", 'x-api-key': o.environ['LOCAL_TRACKER_API_KEY']" : ""
        return "python3 -c \"import os as o, urllib.request as u; u.urlopen(u.Request("
            + "'\(address)/api/track', b'\(quoted(body))', "
            + "{'Content-Type': 'application/json'\(key)}))\""
    }

    private func node(_ body: String) -> String {
        let key = needsKey ? ", 'x-api-key': process.env.LOCAL_TRACKER_API_KEY" : ""
        return "node -e \"fetch('\(address)/api/track', {method: 'POST', headers: "
            + "{'Content-Type': 'application/json'\(key)}, body: '\(quoted(body))'})\""
    }

    /// Within double quotes of a shell.
    private func quoted(_ body: String) -> String {
        body.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
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
            raw("</code> ")
            copyButton()
            raw("</dd></div>")
        }
        raw("</dl></div>")
    }
}
