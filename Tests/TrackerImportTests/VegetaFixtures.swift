extension ImportFixture {
    static let vegeta: [ImportFixture] = [
        vegetaLines, vegetaTable, vegetaText, vegetaOldText, vegetaJSON, vegetaPlot,
    ]

    private static let vegetaLines = ImportFixture(
        name: "vegeta JSON", format: "vegeta JSON",
        text: #"""
            {"attack":"50qps","seq":0,"code":200,"timestamp":"2024-05-01T12:00:00.5Z","latency":2457123,"bytes_out":0,"bytes_in":17,"error":"","body":null,"method":"GET","url":"http://localhost:8080/a?x=1","headers":null}
            not JSON
            {"attack":"50qps","seq":1,"code":0,"timestamp":"2024-05-01T14:00:01+02:00","latency":30000000000,"bytes_out":0,"bytes_in":0,"error":"timeout","body":null,"method":"GET","url":"http://localhost:8080/b","headers":null}
            {"attack":"50qps","seq":2}

            """#,
        lines: [])

    private static let vegetaTable = ImportFixture(
        name: "vegeta CSV", format: "vegeta CSV",
        text: #"""
            1714564800123456789,200,2457123,0,17,,,50qps,0,GET,http://localhost:8080/,
              1714564801123456789,0,3000000,0,0,"dial
            ""refused"" now",,50qps,1,GET,http://localhost:8080/,
            """#,
        lines: [])

    private static let vegetaText = ImportFixture(
        name: "vegeta text", format: "vegeta text",
        text: "Requests      [total, rate, throughput]  1200, 120.00, 65.87\n"
            + "Latencies     [min, mean, 50, 90, 95, 99, max]  90.438129ms, 113.172398ms, "
            + """
            108.272568ms, 140.18235ms, 1m2.5s, 264ms, 270µs
            Duration      [total, attack, wait]      10.094965987s, 9.949883921s, 145.082066ms
            Bytes In      [total, mean]              3714690, 3095.57
            Bytes Out     [total, mean]              0, 0.00
            Success       [ratio]                    55.42%
            Status Codes  [code:count]               0:535  200:665
            Error Set:
            Get http://localhost:6060: dial tcp 127.0.0.1:6060: connection refused

            """,
        lines: [])

    private static let vegetaOldText = ImportFixture(
        name: "vegeta text of 2014, then another report", format: "vegeta text",
        text: """
            2014/01/21 06:08:37 Vegeta is attacking 1 targets in random order for 30s...
            Requests\t[total]\t\t\t15
            Duration\t[total]\t\t\t30s
            Latencies\t[mean, 95, 99, max]\t5.5ms, 2ms, 3s, 3s
            Success\t[ratio]\t\t\t100.00%
            Status Codes\t[code:count]\t\t200:15
            Error Set:
            \u{1B}[2J\u{1B}[1;1HRequests\t[total, rate]\t1, 1.00
            Latencies\t[mean, 95, 99, max]\t5ms, 5ms, 5ms, 5ms
            Success\t[ratio]\t100.00%
            """,
        lines: [])

    private static let vegetaJSON = ImportFixture(
        name: "vegeta JSON report", format: "vegeta JSON report",
        text: #"""
            {"latencies":{"total":237119463,"mean":2371194,"50th":2854306,"99th":3530000,"max":3660505},
            "bytes_in":{"total":606700,"mean":6067},"bytes_out":{"total":0,"mean":0},
            "earliest":"2015-09-19T14:45:50.5+02:00","latest":"2015-09-19T14:45:51.5+02:00","end":"2015-09-19T14:45:52+02:00",
            "duration":1000000000,"wait":500000000,"requests":100,"rate":100,"throughput":66,
            "success":0.99,"status_codes":{"200":99,"404":1},"errors":["404 Not Found"],"buckets":{"0":100}}
            """#,
        lines: [])

    private static let vegetaPlot = ImportFixture(
        name: "vegeta hdrplot", format: "vegeta hdrplot",
        text: """
            Value(ms)  Percentile  TotalCount  1/(1-Percentile)
            0.100000   0.000000    1           1.000000
            0.200000   0.500000    50          2.000000
            0.900000   0.990625    99          106.666667
            1.500000   1.000000    100         10000000.000000
            """,
        lines: [])
}
