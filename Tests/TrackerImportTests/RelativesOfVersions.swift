/// Files of other versions of a tool, and those that stand beside the usual one.
extension Relative {
    static let versions = load + benches

    private static let load = [
        Relative(
            "Artillery 1.6: with counters of the script", "Artillery JSON",
            #"{"aggregate":{"timestamp":"2021-03-24T02:22:55.826Z","scenariosCreated":33,"#
                + #""scenariosCompleted":30,"requestsCompleted":60,"latency":{"min":84.2,"max":"#
                + #"3040.4,"median":133,"p95":273.5,"p99":1078.3},"rps":{"count":60,"mean":25},"#
                + #""scenarioDuration":{"min":null,"median":200.5},"errors":{"ETIMEDOUT":3},"#
                + #""codes":{"200":50,"503":10},"counters":{"own":1}},"intermediate":[]}"#,
            reported: [
                "total_requests": 63, "failed_requests": 13, "min_ms": 84.2, "p50_ms": 133,
                "p95_ms": 273.5, "users_completed": 30, "session_p50_ms": 200.5,
            ], absent: ["session_min_ms", "avg_latency_ms"]),
        Relative(
            "k6: the metrics of handleSummary alone", "k6 summary (handleSummary)",
            #"{"http_reqs":{"type":"counter","contains":"default","values":{"count":10,"rate":5}},"#
                + #""http_req_duration":{"type":"trend","contains":"time","values":{"avg":2.5,"#
                + #""p(95)":4}},"vus":{"type":"gauge","contains":"default","values":{"value":1}}}"#,
            reported: ["total_requests": 10, "avg_latency_ms": 2.5, "p95_ms": 4, "vus": 1]),
        Relative(
            "k6: the metrics of --summary-export alone", "k6 summary (--summary-export)",
            #"{"http_reqs":{"count":10,"rate":5},"http_req_duration":{"avg":2.5,"med":2,"#
                + #""p(95)":4},"iterations":{"count":10,"rate":5},"iteration_duration":"#
                + #"{"avg":3.5,"med":3}}"#,
            reported: ["total_requests": 10, "p50_ms": 2, "iteration_duration_avg_ms": 3.5]),
        Relative(
            "k6: conditions and what is set up beside handleSummary's data, no group",
            "k6 summary (handleSummary)",
            #"{"setup_data":{"a":1},"options":{"summaryTimeUnit":""},"state":"#
                + #"{"testRunDurationMs":2000},"metrics":{"http_reqs":{"contains":"default","#
                + #""values":{"count":10,"rate":5},"thresholds":{"rate>9":{"ok":false}},"#
                + #""type":"counter"}}}"#,
            reported: ["total_requests": 10, "duration_s": 2]),
        Relative(
            "hey while it was called boom: a point behind each unit", "hey text",
            "Summary:\n  Total:\t0.5 secs.\n  Slowest:\t0.2345 secs.\n  Fastest:\t0.0012 secs.\n"
                + "  Average:\t0.01 secs.\n  Requests/sec:\t200.0\n"
                + "  Total Data Received:\t1234 bytes.\n\nStatus code distribution:\n"
                + "  [200]\t100 responses\n\nLatency distribution:\n  95% in 0.02 secs.\n",
            reported: [
                "max_ms": 234.5, "min_ms": 1.2, "avg_latency_ms": 10, "duration_s": 0.5,
                "received_bytes": 1234, "p95_ms": 20, "total_requests": 100,
            ]),
        Relative(
            "Gatling with four times and the kind first", "Gatling log",
            "RUN\tsim.A\ta\t1709294400000\td\t2.0\nREQUEST\tscn\t1\tg\tGET /\t"
                + "1709294400100\t1709294400110\t1709294400200\t1709294400250\tOK\t \n",
            values: [150]),
        Relative(
            "jmeter.log, with two summarisers", "JMeter summary",
            """
            2017-08-18 17:23:42,102 INFO o.a.j.JMeter: Creating summariser <summary>
            2017-08-18 17:24:00,007 INFO o.a.j.r.Summariser: summary +    626 in 00:00:18 =   35.4\
            /s Avg:   270 Min:    50 Max:   500 Err:     0 (0.00%) Active: 10 Started: 10
            2017-08-18 17:24:12,905 INFO o.a.j.r.Summariser: summary =   1000 in 00:00:31 =   32.7\
            /s Avg:   276 Min:    50 Max:   500 Err:    10 (1.00%)
            2017-08-18 17:24:12,906 INFO o.a.j.r.Summariser: All of it =   1000 in 00:00:31 =   32\
            .7/s Avg:   276 Min:    50 Max:   500 Err:    10 (1.00%)
            """,
            reported: [
                "total_requests": 1000, "failed_requests": 10, "avg_latency_ms": 276, "min_ms": 50,
                "max_ms": 500, "attempted": 32.7, "duration_s": 31,
            ]),
        Relative(
            "JMeter CSV with readings of PerfMon", "JMeter CSV",
            "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n"
                + "1698846524638,93475,localhost Memory,,,,true\n"
                + "1698846524645,12,home,200,OK,users 1-1,true\n", values: [12]),
        Relative(
            "JMeter XML: the requests within a transaction", "JMeter XML",
            """
            <testResults version="1.2">
            <sample t="30" ts="1393227741256" s="true" lb="buy" rc="200" tn="u 1-1"
             rm="Number of samples in transaction : 2, number of failing samples : 0">
              <httpSample t="10" ts="1393227741256" s="true" lb="a" rc="200" rm="OK" tn="u 1-1">
                <httpSample t="4" ts="1393227741256" s="true" lb="a-0" rc="302" rm="Found"/>
              </httpSample>
              <httpSample t="20" ts="1393227741266" s="true" lb="b" rc="200" rm="OK" tn="u 1-1"/>
            </sample>
            <httpSample t="5" ts="1393227741286" s="true" lb="c" rc="200" rm="OK" tn="u 1-1">
              <httpSample t="3" ts="1393227741286" s="true" lb="c-0" rc="200" rm="OK"/>
            </httpSample>
            </testResults>
            """, values: [30, 10, 20, 5]),
        Relative(
            "what JMeter 2 prints, of two tests", "JMeter summary",
            "summary =    250 in  10.5s =   25.0/s Avg:   113 Min:    71 Max:   451 Err:     0\n"
                + "summary =      0 in     0s = ******/s Avg:     0 Min: 9223 Max: -922 Err:     0\n",
            runs: 2, reported: ["total_requests": 250, "max_ms": 451, "duration_s": 10.5]),
        Relative(
            "Nighthawk's own JSON", "Nighthawk JSON",
            #"{"options":{"connections":100,"uri":"http://a/"},"results":[{"name":"worker_0","#
                + #""statistics":[],"counters":[]},{"name":"global","statistics":["#
                + #"{"count":"0","id":"sequencer.blocking","mean":"0s"},"#
                + #"{"count":"50","id":"benchmark_http_client.request_to_response","#
                + #""percentiles":[{"percentile":0.5,"duration":"0.00011s"},"#
                + #"{"percentile":0.99,"duration":"0.00021s"}],"mean":"0.000112s","#
                + #""min":"0.00009s","max":"0.00031s"}],"counters":["#
                + #"{"name":"benchmark.http_2xx","value":"45"},"#
                + #"{"name":"benchmark.stream_resets","value":"5"},{"name":"x","value":"9"}],"#
                + #""execution_duration":"10s"}]}"#,
            reported: [
                "total_requests": 50, "failed_requests": 5, "avg_latency_ms": 0.112,
                "p50_ms": 0.11, "p99_ms": 0.21, "min_ms": 0.09, "max_ms": 0.31, "attempted": 5,
                "duration_s": 10,
            ], absent: ["p90_ms", "stdev_ms"]),
        Relative(
            "Nighthawk without an answer", "Nighthawk JSON",
            #"{"results":[{"name":"global","statistics":[{"count":"0","#
                + #""id":"benchmark_http_client.request_to_response","mean":"0s","max":"0s"}],"#
                + #""counters":[{"name":"benchmark.pool_connection_failure","value":"5"}]}]}"#,
            reported: ["total_requests": 5, "failed_requests": 5],
            absent: ["avg_latency_ms", "max_ms"]),
        Relative(
            "Taurus as a table", "Taurus CSV",
            """
            label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput,perc_0.0,\
            perc_90.0,perc_100.0,rc_200,rc_503
            ,0.00100,0.02000,0.03000,5120,5,2,0.00400,8,10,0.01000,0.05000,0.09000,8,2
            home,0.00100,0.02000,0.03000,5120,5,2,0.00400,8,10,0.01000,0.05000,0.09000,8,2
            """, runs: 2,
            reported: [
                "avg_latency_ms": 30, "total_requests": 10, "failed_requests": 2, "min_ms": 10,
                "p90_ms": 50, "max_ms": 90, "received_bytes": 5120,
            ]),
        Relative(
            "Taurus with the length of the test", "Taurus XML",
            "<FinalStatus><TestDuration>2.5</TestDuration><Group label=\"\">"
                + "<throughput value=\"10\"/><fail value=\"5\"/></Group></FinalStatus>",
            reported: ["duration_s": 2.5, "attempted": 4, "rps": 2]),
    ]

    private static let benches = [
        Relative(
            "criterion of 2018: names with capitals", "criterion estimates",
            #"{"Mean":{"confidence_interval":{"lower_bound":5e6,"upper_bound":7e6},"#
                + #""point_estimate":6e6},"Median":{"point_estimate":5.5e6},"#
                + #""StdDev":{"point_estimate":1e6},"Slope":{"point_estimate":6.5e6}}"#,
            reported: [
                "mean_ms": 6, "mean_low_ms": 5, "median_ms": 5.5, "stdev_ms": 1, "slope_ms": 6.5,
            ]),
        Relative(
            "criterion: raw.csv", "criterion CSV",
            "group,function,value,throughput_num,throughput_type,sample_measured_value,unit,"
                + "iteration_count\nfib,loop,20,,,1000000,ns,10\nfib,loop,20,,,3000000,ns,20\n"
                + "fib,loop,21,,,5000000,ns,10\n", runs: 2, values: [0.1, 0.15, 0.5]),
        Relative(
            "criterion: raw.csv of 2018", "criterion CSV",
            "group,function,value,sample_time_nanos,iteration_count\nfib,loop,20,1000000,10\n",
            values: [0.1]),
        Relative(
            "criterion: sample.json", "criterion sample",
            #"{"sampling_mode":"Linear","iters":[10.0,20.0],"times":[1000000.0,3000000.0]}"#,
            values: [0.1, 0.15]),
        Relative(
            "criterion: messages of cargo criterion", "criterion messages",
            #"{"reason":"benchmark-complete","id":"fib/20","iteration_count":[10,20],"#
                + #""measured_values":[1000000.0,3000000.0],"unit":"ns","#
                + #""mean":{"estimate":125000.0,"lower_bound":1e5,"upper_bound":15e4},"#
                + #""median":{"estimate":120000.0},"slope":null}"# + "\n"
                + #"{"reason":"group-complete","group_name":"fib","benchmarks":["fib/20"]}"#,
            values: [0.1, 0.15],
            reported: ["mean_ms": 0.125, "mean_high_ms": 0.15, "median_ms": 0.12]),
        Relative(
            "Google Benchmark: a rate of three repetitions is the mean's", "Google Benchmark JSON",
            #"{"context":{},"benchmarks":["#
                + #"{"name":"a","real_time":1,"time_unit":"ms","items_per_second":10},"#
                + #"{"name":"a","real_time":3,"time_unit":"ms","items_per_second":30},"#
                + #"{"name":"a_mean","run_type":"aggregate","aggregate_name":"mean","#
                + #""run_name":"a","real_time":2,"time_unit":"ms","items_per_second":20}]}"#,
            values: [1, 3], reported: ["items_per_second": 20, "mean_ms": 2]),
        Relative(
            "Google Benchmark: one that was skipped has no time", "Google Benchmark JSON",
            #"{"context":{},"benchmarks":[{"name":"a","skipped":true,"skip_message":"no","#
                + #""iterations":0,"real_time":0,"cpu_time":0,"time_unit":"ns"}]}"#,
            absent: ["mean_ms", "cpu_mean_ms"]),
    ]
}
