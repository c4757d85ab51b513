extension ImportFixture {
    static let hey: [ImportFixture] = [heyTable, heyOldTable, heyReports]

    private static let heyTable = ImportFixture(
        name: "hey CSV", format: "hey CSV",
        text: "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,"
            + """
            status-code,offset
            0.0087,0.0047,0.0042,0.0001,0.0019,0.0001,200,0.0016
            0.0100,0.0000,0.0000,0.0001,0.0019,0.0001,503,1.0000
            """,
        lines: [])

    private static let heyOldTable = ImportFixture(
        name: "hey CSV of six columns", format: "hey CSV",
        text: """
            response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read
            0.0250,0.0047,0.0042,0.0001,0.0019,0.0001

            """,
        lines: [])

    private static let heyReports = ImportFixture(
        name: "hey text, twice with prompts", format: "hey text",
        text: """
            $ hey -n 4 http://localhost:8080/a

            Summary:
              Total:\t2.0000 secs
              Slowest:\t0.5000 secs
              Fastest:\t0.0100 secs
              Average:\t0.1250 secs
              Requests/sec:\t2.0000

            Latency distribution:
              0% in 0.0000 secs
              50% in 0.1000 secs
              99% in 0.5000 secs

            Status code distribution:
              [200]\t2 responses
              [500]\t1 responses

            Error distribution:
              [1]\tGet "http://localhost:8080/a": EOF

            $ hey -n 1 http://localhost:8080/b
            Summary:
              Total:\t1.0000 secs
              Slowest:\t0.0100 secs
              Fastest:\t0.0100 secs
              Average:\t0.0100 secs
              Requests/sec:\t1.0000

            Status code distribution:
              [200]\t1 responses
            """,
        lines: [])
}
