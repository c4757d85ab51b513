/// The same content in other lines: of an old Mac, of a terminal, of `jq`.
extension Relative {
    /// A CR alone ends a line: of an old Mac, and where a progress bar went back.
    static let carriageReturns = [
        Relative(
            "vegeta text of an old Mac", "vegeta text",
            "Requests      [total, rate]  10, 5.00\rLatencies     [mean, max]  90.5ms, 1s\r"
                + "Status Codes  [code:count]  200:10\r",
            reported: ["total_requests": 10, "avg_latency_ms": 90.5, "max_ms": 1000]),
        Relative(
            "JMeter CSV of an old Mac", "JMeter CSV",
            "timeStamp,elapsed,label,success\r1767225600000,5,\"a\rb\",true\r"
                + "1767225600001,6,c,true\r", values: [5, 6]),
        Relative(
            "a progress bar before the report of vegeta", "vegeta text",
            "  0 / 10 [>    ]\r  5 / 10 [==>  ]\r 10 / 10 [=====]\rRequests      [total, rate]  "
                + "10, 5.00\nStatus Codes  [code:count]  200:10\n",
            reported: ["total_requests": 10]),
        Relative(
            "k6 NDJSON between a progress bar", "k6 NDJSON",
            "\rrunning (1s)\r     \r\(point)\r\rrunning (2s)\r\(point)\r\n", values: [12.5, 12.5]),
        Relative(
            "a line of an old Mac that is damaged", "vegeta JSON",
            "\(result)\r\(result.dropLast(9))}\r\(result)", values: [2.457123, 2.457123],
            losses: 1),
        Relative(
            "a report in JSON behind a prompt, of an old Mac", "autocannon JSON",
            "[12:00:00] $ autocannon -j\r"
                + #"{"latency":{"average":9.5,"p97_5":20},"requests":{"total":10}}"#,
            reported: ["avg_latency_ms": 9.5]),
    ]

    /// What a tool writes line by line, as `jq` writes it again.
    static let lists = [
        Relative("k6: a list of points", "k6 NDJSON", "[\(point),\(point)]", values: [12.5, 12.5]),
        Relative(
            "k6: a list, a point a line", "k6 NDJSON", "[\n\(point),\n\(point)\n]\n",
            values: [12.5, 12.5]),
        Relative(
            "k6: points spread over lines", "k6 NDJSON",
            "\(spread(point))\n\(spread(point))\n", values: [12.5, 12.5]),
        Relative(
            "vegeta: a list of results", "vegeta JSON", "[\(spread(result)),\n\(result)]",
            values: [2.457123, 2.457123]),
        Relative(
            "a list in which a point has no time", "k6 NDJSON",
            "[\(point),\(point.replacing("time", with: "t"))]", values: [12.5], losses: 1),
        Relative(
            "a list of events", "Local Tracker events",
            #"[{"ts":1714564800500,"metric":"http.latency_ms","value":2.5,"run":"a"}]"#,
            values: [2.5]),
    ]

    private static func spread(_ object: String) -> String {
        object.replacing(",\"", with: ",\n  \"").replacing("{\"", with: "{\n  \"")
    }

    /// Behind a prompt and a command, and several in one text.
    static let behindPrompts = [
        Relative(
            "hdrplot behind a prompt", "vegeta hdrplot",
            "me@host:~$ vegeta report -type=hdrplot r.bin\n\(plot)me@host:~$ exit\n",
            reported: ["p50_ms": 1.5, "max_ms": 9.5]),
        Relative(
            "two hdrplots", "vegeta hdrplot", plot + plot, runs: 2, reported: ["max_ms": 9.5]),
        Relative(
            "percentiles of HdrHistogram behind a prompt", "HdrHistogram percentiles",
            "$ cat out.hgrm\n\(table)$ \n", reported: ["p50_ms": 1.5, "max_ms": 9.5]),
        Relative(
            "two tables of percentiles", "HdrHistogram percentiles", table + table, runs: 2,
            reported: ["max_ms": 9.5]),
    ]

    private static let plot =
        "Value(ms)  Percentile  TotalCount  1/(1-Percentile)\n"
        + "1.5 0.5 1000 2.0\n9.5 1.000000 2000 inf\n"
    private static let table =
        "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
        + "1.5 0.5 10 2.0\n9.5 1.0 20\n#[Mean    =        5.5, StdDeviation   =        1]\n"
}
