extension Relative {
    private static func bombardier(_ codes: String) -> String {
        #"{"spec":{"url":"http://a/"},"result":{\#(codes),"latency":{"mean":1500,"max":9000}}}"#
    }

    private static func artillery(_ requests: String) -> String {
        #"{"aggregate":{"requestsCompleted":\#(requests),"latency":{"min":2.5,"median":5},"#
            + #""rps":{"mean":8},"codes":{"200":12,"500":4},"errors":{"ETIMEDOUT":2}}}"#
    }

    private static func gatling(_ requests: String) -> String {
        #"{"numberOfRequests":\#(requests),"minResponseTime":{"total":4,"ok":4,"ko":"-"},"#
            + #""maxResponseTime":{"total":"50"},"meanResponseTime":{"total":14},"#
            + #""percentiles1":{"total":12},"meanNumberOfRequestsPerSecond":{"total":2.5}"#
    }

    /// Counts that no tool writes, and reports of which a part is missing: a sum of what is left
    /// would be a wrong number.
    static let damaged = [
        Relative(
            "Artillery, a count below zero", "Artillery JSON", artillery("-16"),
            reported: ["min_ms": 2.5, "attempted": 8], absent: ["error_rate", "rps"]),
        Relative(
            "Artillery, as many requests as an integer holds", "Artillery JSON",
            artillery("9223372036854775807"), reported: ["min_ms": 2.5], absent: ["failed_requests"]
        ),
        Relative(
            "bombardier, counts beyond an integer together", "bombardier JSON",
            bombardier(#""req2xx":9223372036854775807,"req5xx":9223372036854775807"#),
            reported: ["avg_latency_ms": 1.5]),
        Relative(
            "Artillery, cut behind the statuses", "Artillery JSON",
            String(artillery("16").prefix { $0 != "T" }),
            reported: ["min_ms": 2.5, "attempted": 8],
            absent: ["total_requests", "failed_requests", "error_rate", "rps"], losses: 1),
        Relative(
            "autocannon, of its first versions", "autocannon JSON",
            #"{"requests":{"total":10,"average":5},"latency":{"average":1.5,"p99":2,"p999":4},"#
                + #""errors":0,"non2xx":1}"#,
            reported: ["p999_ms": 4, "failed_requests": 1]),
        Relative(
            "Locust stats, cut within the last number of a name", "Locust stats",
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
                + "Requests/s,50%,100%\nGET,/a,10,0,40,45,1,40,300\nGET,/b,10,0,40,45,1,40,30",
            absent: ["total_requests", "p100_ms"], losses: 1),
        Relative(
            "a table of JMeter, cut within the last number of a label", "JMeter table",
            aggregate + "a,2,3,3,4,5,6,1,9,0.000%,1.5,2.25,3.25\n"
                + "b,3,3,3,4,5,6,1,9,0.000%,1.5,2.25,3.2",
            absent: ["avg_latency_ms", "total_requests"], losses: 1),
        Relative(
            "hey, cut within its errors", "hey text",
            "Summary:\n  Total:\t10.0034 secs\n  Slowest:\t0.2 secs\n  Fastest:\t0.1 secs\n"
                + "  Requests/sec:\t99.9660\n\nStatus code distribution:\n  [200]\t960 responses\n\n"
                + "Error distribution:\n  [30]\tGet",
            reported: ["max_ms": 200, "duration_s": 10.0034],
            absent: ["total_requests", "failed_requests", "rps"], losses: 1),
        Relative(
            "hyperfine's table, cut within a row", "hyperfine table",
            "| Command | Mean [s] | Min…Max [s] |\n|:---|---:|---:|\n"
                + "| `a` | 2.003 ± 0.001 | 2.001…2.005 |\n| `b` | 2.003 ± 0.001 | 2.001…2.",
            reported: ["min_ms": 2001, "max_ms": 2005], losses: 1),
        Relative(
            "a table of Taurus, cut behind the point of its last number", "Taurus CSV",
            "label,avg_rt,throughput,succ,fail,perc_99.0,perc_100.0\n,0.03,10,8,2,0.08,0.",
            reported: ["p99_ms": 80, "total_requests": 10], absent: ["max_ms"], losses: 1),
        Relative(
            "cargo bench, cut within the spread", "criterion text",
            "test a ... bench:       1,234 ns/iter (+/- 1,00",
            reported: ["mean_ms": 0.001234], absent: ["spread_ms"]),
        Relative(
            "autocannon with the percentiles 2.5 and 25", "autocannon JSON",
            #"{"requests":{"total":10,"average":5},"latency":{"average":1.5,"p0_1":1,"p2_5":2,"#
                + #""p25":3,"p97_5":6},"errors":0,"non2xx":0}"#,
            reported: ["p025_ms": 2, "p25_ms": 3, "p975_ms": 6]),
    ]

    private static let aggregate =
        "Label,# Samples,Average,Median,90% Line,95% Line,99% Line,Min,Max,Error %,Throughput,"
        + "Received KB/sec,Sent KB/sec\n"

    /// Numbers that cannot be, in what has several.
    static let impossible = [
        Relative(
            "percentiles with a count below zero", "HdrHistogram percentiles",
            """
            Value Percentile TotalCount 1/(1-Percentile)
            1.5 0.5 1 2.0
            2.5 1.0 2 inf
            #[Mean = 2.0, StdDeviation = 0.5]
            #[Max = 2.5, Total count = -2]
            """, reported: ["avg_latency_ms": 2, "max_ms": 2.5]),
        Relative(
            "a table of JMeter with a percentage beyond an integer", "JMeter table",
            aggregate + "a,10,12,11,20,25,30,5,40,1e300%,5.0,1,1\n",
            reported: ["total_requests": 10, "avg_latency_ms": 12], absent: ["failed_requests"]),
        Relative(
            "a table of JMeter of which a row is lost", "JMeter table",
            aggregate + "a,x,12,11,20,25,30,5,40,0.00%,5.0,1,1\n"
                + "b,10,12,11,20,25,30,5,40,0.00%,5.0,1,1\n"
                + "c,30,12,11,20,25,30,5,40,0.00%,5.0,1,1\n",
            absent: ["total_requests"], losses: 1),
        Relative(
            "criterion, a time that is no number", "criterion text",
            "test a ... bench:  NaN ns/iter (+/- 4)\ntest b ... bench:  10 ns/iter (+/- 4)\n"
                + "c       time:   [1.0 ns NaN ns 2.0 ns]\n        thrpt:  [1 elem/s 2 elem/s]\n",
            reported: ["mean_ms": 1e-5], losses: 2),
        Relative(
            "ghz, a time below zero", "ghz CSV",
            "duration (ms),status,error\n-5,OK,\n2.5,OK,\n", values: [2.5]),
        Relative(
            "Fortio, more answers than there can be", "Fortio JSON",
            #"{"StartTime":"2022-03-19T15:34:23Z","ActualQPS":10,"ActualDuration":400000000,"#
                + #""DurationHistogram":{"Count":4,"Min":0.002,"Max":0.004,"Sum":0.012,"#
                + #""Avg":0.003,"Data":[{"Start":0.002,"End":0.004,"Percent":100,"Count":4}],"#
                + #""Percentiles":[{"Percentile":50,"Value":0.003}]},"#
                + #""RetCodes":{"200":1e30,"-1":1}}"#,
            reported: ["total_requests": 4, "p50_ms": 3], absent: ["failed_requests"]),
    ]

    /// A row that is lost is missing in what all rows are together.
    static let lostRows = [
        Relative(
            "failures of Locust, one without a count", "Locust failures",
            "Method,Name,Error,Occurrences\nGET,/a,e,x\nGET,/b,e,3\n",
            absent: ["failed_requests"], losses: 1),
        Relative(
            "exceptions of Locust, one that is cut", "Locust exceptions",
            "Count,Message,Traceback,Nodes\n2,x,t,n\n3,\"y", absent: ["exceptions"], losses: 1),
        Relative(
            "ab, cut behind the failures: of which kind they were is missing", "ab text",
            "Time taken for tests:   2.500 seconds\nComplete requests:      10\n"
                + "Failed requests:        7\n",
            reported: ["total_requests": 10, "duration_s": 2.5],
            absent: ["failed_requests", "error_rate"], losses: 1),
        Relative(
            "Locust JSON, an entry with a count below zero", "Locust JSON",
            #"[{"name":"/a","method":"GET","num_requests":5,"num_failures":1,"#
                + #""start_time":1767225600.5,"response_times":{}},"#
                + #"{"name":"/b","method":"GET","num_requests":-4,"response_times":{}}]"#,
            absent: ["total_requests", "error_rate"], losses: 1),
    ]

    private static let joinedRows =
        "1700000000000,12,a,200,OK,t 1-1,text,true,100,5\n"
        + "1700000001000,14,a,200,OK,t 1-1,text,true,100,5"
    private static let joinedTables =
        "response-time,DNS+dialup,status-code,offset\n0.0087,0.0047,200,0.0016\n0.1,0,503,0.5"

    /// Two files behind one another, of which the first has no end of its last line; and numbers
    /// of which a byte changed, beside words that say that there is none.
    static let silent = [
        Relative(
            "rows of JMeter without names, joined", "JMeter CSV",
            joinedRows + joinedRows + "\n", values: [12, 14], losses: 1),
        Relative(
            "tables of hey, joined", "hey CSV",
            joinedTables + joinedTables + "\n", values: [8.7, 8.7, 100], losses: 1),
        Relative(
            "siege log, a mean of which a byte changed", "siege log",
            "      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,"
                + "  Throughput,  Concurrent,    OKAY,   Failed\n"
                + "2014-01-30 00:55:25,    494,      62.47,           0,       0x63,        inf,"
                + "        0.00,        4.95,     494,       2\n",
            reported: ["duration_s": 62.47, "concurrency": 4.95], absent: ["avg_latency_ms"],
            losses: 1),
        Relative(
            "Taurus, a mean of which a byte changed", "Taurus XML",
            "<FinalStatus><Group label=\"\"><throughput value=\"10\"/><fail value=\"5\"/>"
                + "<avg_rt value=\"0.0x3\"/><stdev_rt value=\"nan\"/></Group></FinalStatus>",
            reported: ["total_requests": 10, "failed_requests": 5],
            absent: ["avg_latency_ms", "stdev_ms"], losses: 1),
    ]

    static let gatlingPages = [
        Relative(
            "numbers of a page of Gatling", "numbers of Gatling's pages",
            gatling(#"{"total":10,"ok":9,"ko":1}"#) + "}",
            reported: [
                "total_requests": 10, "error_rate": 10, "avg_latency_ms": 14, "min_ms": 4,
                "max_ms": 50, "attempted": 2.5, "rps": 2.25,
            ], absent: ["p50_ms"]),
        Relative(
            "numbers of a page of Gatling, in groups", "numbers of Gatling's pages",
            #"{"type":"GROUP","name":"All Requests","stats":"#
                + gatling(#"{"total":"0","ok":"0","ko":"0"}"#)
                + #"},"contents":{"a":{"name":"a","path":"g / a","stats":"#
                + gatling(#"{"total":2,"ok":2,"ko":0}"#) + "}}}}",
            reported: ["total_requests": 0], absent: ["min_ms", "error_rate"]),
    ]
}
