/// What people make of the files of tools, and options that few of them use.
extension Relative {
    private static let siegeHead =
        "Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,  Throughput,  Concurrent,"
        + "    OKAY,   Failed"

    static let people = [
        Relative(
            "siege log with a column of names before the date", "siege log",
            "framework,   Date & Time,  \(siegeHead)\n"
                + "a,  2017-06-30 10:01:07,  10000,  69.75,  0,  0.10,  143.37,  0.00,  14.99,"
                + "  10000,  0\n"
                + "b,  2017-06-30 10:22:34,  9999,  73.84,  0,  0.11,  135.42,  0.00,  14.27,"
                + "  9999,  1\n",
            runs: 2,
            reported: [
                "total_requests": 10_000, "failed_requests": 0, "avg_latency_ms": 100,
                "rps": 143.37, "duration_s": 69.75, "concurrency": 14.99,
            ]),
        Relative(
            "siege log with routes in place of the date", "siege log",
            "  Endpoint    ,  \(siegeHead)\n"
                + "/cache  ,  1102,  59.89,  102,  0.01,  18.40,  1.70,  0.24,  1102,  3\n",
            reported: ["total_requests": 1105, "failed_requests": 3, "avg_latency_ms": 10]),
        Relative(
            "siege log with columns of notes, saved again", "siege log",
            "Date & Time;\(siegeHead.replacing(",", with: ";"));API;notes\n"
                + "2017-02-11 22:36:37;44;59,31;0;11,59;0,74;0,00;8,60;44;0;1;slow\n",
            reported: ["total_requests": 44, "avg_latency_ms": 11_590, "duration_s": 59.31]),
        Relative(
            "wrk with a script that pipelines measures no latency", "wrk text",
            """
            Running 30s test @ http://localhost:7001
              4 threads and 128 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     0.00us    0.00us   0.00us     nan%
                Req/Sec     2.54k     1.32k    9.52k    71.22%
              Latency Distribution
                 50%    0.00us
                 99%    0.00us
              1000 requests in 10.00s, 65.75MB read
            Requests/sec:    100.00
            Transfer/sec:      2.18MB
            """,
            reported: ["total_requests": 1000, "attempted": 100],
            absent: ["avg_latency_ms", "max_ms", "p50_ms", "p99_ms"]),
        Relative(
            "Artillery of the first releases of version 2", "Artillery JSON",
            #"{"aggregate":{"counters":{"http.requests":100,"http.codes.200":90,"#
                + #""http.codes.503":10},"rates":{"http.request_rate":5},"#
                + #""firstCounterAt":1706112000000,"lastCounterAt":1706112020000,"#
                + #""histograms":{"http.response_time":{"min":12,"max":450,"count":100,"#
                + #""median":55,"p50":54,"p95":98,"p999":175}}},"intermediate":[]}"#,
            reported: [
                "total_requests": 100, "failed_requests": 10, "min_ms": 12, "max_ms": 450,
                "p50_ms": 54, "p95_ms": 98, "p999_ms": 175, "duration_s": 20,
            ]),
    ]
}
