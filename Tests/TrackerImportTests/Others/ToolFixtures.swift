extension ImportFixture {
    static let otherTools: [ImportFixture] = [
        autocannon,
        artillerySecond,
        artilleryRefused,
        artilleryFirst,
        bombardier,
        bombardierText,
        ghz,
        rewrkText,
        rewrkJSON,
        drillText,
        drillReport,
        taurusXML,
    ]

    private static let autocannon = ImportFixture(
        name: "autocannon JSON", format: "autocannon JSON",
        text: #"""
            {"title":"a title","url":"http://localhost:3000","requests":{"average":250,"mean":250,"total":480,"p97_5":367,"sent":500},
            "latency":{"average":100.5,"mean":100.5,"stddev":84.25,"min":47,"max":424,
            "p0_001":47,
            "p1":53,"p50":67,"p97_5":378,"p99":386,"p99_9":424,"totalCount":480},
            "throughput":{"average":52468,"total":104945},"errors":20,"timeouts":15,"mismatches":0,"duration":2.06,
            "start":"2020-11-06T09:38:31.027Z","finish":"2020-11-06T09:38:33.089Z","connections":40,"pipelining":1,"non2xx":30,
            "1xx":0,"2xx":450,"3xx":10,"4xx":15,"5xx":5,"statusCodeStats":{"200":{"count":"450"},"401":{"count":"0"},"503":{"count":5}}}
            """#,
        log: #"""
            {"ts":1604655511027,"event":"run_started","run":"t-1","test":"a title","target":"http://localhost:3000","params":{"generator":"autocannon","connections":40,"pipelining":1,"import_format":"autocannon JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, max_ms, stdev_ms, p01_ms, p50_ms, p975_ms, p99_ms, p999_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, sent_requests, non2xx, timeouts, mismatches, outcomes, received_bytes, duration_s","import_lacks":"single requests; parts of a millisecond","import_left_out":"percentiles of the rates of each second","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1604655513089,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":100.5,"min_ms":47,"max_ms":424,"stdev_ms":84.25,"p01_ms":53,"p50_ms":67,"p975_ms":378,"p99_ms":386,"p999_ms":424,"total_requests":500,"successful_requests":460,"failed_requests":40,"error_rate":8,"attempted":250,"rps":239.58333333333334,"sent_requests":500,"non2xx":30,"timeouts":15,"mismatches":0,"outcomes":{"200":450,"503":5,"errors":20},"received_bytes":104945,"duration_s":2.06}}
            """#)

    private static let artillerySecond = ImportFixture(
        name: "Artillery 2: some errors before the request", format: "Artillery JSON",
        text: #"""
            {"aggregate":{"counters":{"vusers.created_by_name.조회":300,"vusers.created":300,"http.requests":260,
            "http.codes.200":100,"http.codes.404":60,"errors.ECONNREFUSED":100,"errors.ERR_GOT_REQUEST_ERROR":40,"http.responses":160,"vusers.failed":0,
            "vusers.completed":160},"rates":{"http.request_rate":5},"firstMetricAt":1734551150656,"lastMetricAt":1734551210465,"period":1734551210000,
            "summaries":{"http.response_time":{"min":8,"max":217,"count":160,"mean":20.5,"p50":13.1,"median":13.1,"p95":117.9,"p99":190.6,"p999":210.6},
            "vusers.session_length":{"min":9.2,"max":219.5,"p50":16.6}},"histograms":{}},
            "intermediate":[{"counters":{"vusers.created":300},"period":"1734551150000","http.request_rate":null}]}
            """#,
        log: #"""
            {"ts":1734551150656,"event":"run_started","run":"t-1","test":"조회","params":{"generator":"artillery","load_model":"open","import_format":"Artillery JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, max_ms, p50_ms, p95_ms, p99_ms, p999_ms, session_min_ms, session_max_ms, session_p50_ms, total_requests, successful_requests, failed_requests, error_rate, sent_requests, attempted, rps, users_created, users_completed, users_failed, outcomes, duration_s","import_lacks":"single requests; the URL","import_left_out":"the reports of single periods: 1","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1734551210465,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":20.5,"min_ms":8,"max_ms":217,"p50_ms":13.1,"p95_ms":117.9,"p99_ms":190.6,"p999_ms":210.6,"session_min_ms":9.2,"session_max_ms":219.5,"session_p50_ms":16.6,"total_requests":300,"successful_requests":100,"failed_requests":200,"error_rate":66.66666666666667,"sent_requests":260,"attempted":5,"rps":1.6666666666666667,"users_created":300,"users_completed":160,"users_failed":0,"outcomes":{"200":100,"404":60,"ECONNREFUSED":100,"ERR_GOT_REQUEST_ERROR":40},"duration_s":59.809}}
            """#)

    private static let artilleryRefused = ImportFixture(
        name: "Artillery 2: nobody answered", format: "Artillery JSON",
        text: #"""
            {"aggregate":{"counters":{"vusers.created":3,"http.requests":3,"errors.ECONNREFUSED":3,"vusers.failed":3},"rates":{"http.request_rate":3},
            "firstMetricAt":1734551150000,"lastMetricAt":1734551151500,"summaries":{},"histograms":{}},"intermediate":[]}
            """#,
        log: #"""
            {"ts":1734551150000,"event":"run_started","run":"t-1","params":{"generator":"artillery","load_model":"open","import_format":"Artillery JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, sent_requests, attempted, rps, users_created, users_failed, outcomes, duration_s","import_lacks":"single requests; the URL; latencies: no request had an answer","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1734551151500,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":3,"successful_requests":0,"failed_requests":3,"error_rate":100,"sent_requests":3,"attempted":3,"rps":0,"users_created":3,"users_failed":3,"outcomes":{"ECONNREFUSED":3},"duration_s":1.5}}
            """#)

    private static let artilleryFirst = ImportFixture(
        name: "Artillery 1", format: "Artillery JSON",
        text: #"""
            {"aggregate":{"timestamp":"2020-01-02T03:04:05.000Z","scenariosCreated":10,"scenariosCompleted":8,"requestsCompleted":16,
            "latency":{"min":2.5,"max":40,"median":5,"p95":30,"p99":39},"rps":{"count":18,"mean":8},"codes":{"200":12,"500":4},"errors":{"ETIMEDOUT":2}},
            "intermediate":[]}
            """#,
        log: #"""
            {"ts":1577934245000,"event":"run_started","run":"t-1","params":{"generator":"artillery","load_model":"open","import_format":"Artillery JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"p50_ms, min_ms, max_ms, p95_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, users_created, users_completed, outcomes","import_lacks":"single requests; the URL; the start and length of the test","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1577934245000,"event":"run_finished","run":"t-1","state":"finished","summary":{"p50_ms":5,"min_ms":2.5,"max_ms":40,"p95_ms":30,"p99_ms":39,"total_requests":18,"successful_requests":12,"failed_requests":6,"error_rate":33.333333333333336,"attempted":8,"rps":6,"users_created":10,"users_completed":8,"outcomes":{"200":12,"500":4,"ETIMEDOUT":2}}}
            """#)

    private static let bombardier = ImportFixture(
        name: "bombardier JSON", format: "bombardier JSON",
        text: #"""
            {"spec":{"numberOfConnections":125,"testType":"number-of-requests","numberOfRequests":100,"method":"GET",
            "url":"http://localhost:8080/\u0026","body":"secret","stream":false,"timeoutSeconds":2},
            "result":{"bytesRead":2000,"bytesWritten":1000,"timeTakenSeconds":0.5,"req1xx":0,"req2xx":90,"req3xx":0,"req4xx":5,"req5xx":0,"others":5,
            "errors":[{"description":"dial tcp: refused","count":5}],
            "latency":{"mean":1500.5,"stddev":20.25,"max":9000,"percentiles":{"50":1400,"99":8000}},
            "rps":{"mean":200,"stddev":1,"max":250,"percentiles":{"50":199.5}}}}
            """#,
        log: #"""
            {"ts":1795442399500,"event":"run_started","run":"t-1","target":"http://localhost:8080/&","params":{"generator":"bombardier","numberOfConnections":125,"testType":"number-of-requests","numberOfRequests":100,"method":"GET","import_format":"bombardier JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, max_ms, p50_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, received_bytes, sent_bytes, outcomes, errors, duration_s","import_lacks":"single requests; the start of the test; the smallest latency","import_left_out":"percentiles of the rate; headers and body of the requests","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":1.5005,"stdev_ms":0.02025,"max_ms":9,"p50_ms":1.4,"p99_ms":8,"total_requests":100,"successful_requests":90,"failed_requests":10,"error_rate":10,"attempted":200,"rps":180,"received_bytes":2000,"sent_bytes":1000,"outcomes":{"2xx":90,"4xx":5,"others":5},"errors":{"dial tcp: refused":5},"duration_s":0.5}}
            """#)

    private static let ghz = ImportFixture(
        name: "ghz JSON", format: "ghz JSON",
        text: #"""
            {"date":"2018-12-30T16:50:14-04:00","name":"Greeter","endReason":"normal","options":{"call":"helloworld.Greeter.SayHello","host":"0.0.0.0:50051","n":4,"c":2,"data":{"name":"secret"}},
            "count":4,"total":200000000,"average":35000000,"fastest":25000000,"slowest":45000000,"rps":20,"errorDistribution":{"rpc error: refused":1},
            "statusCodeDistribution":{"OK":3,"Unavailable":1},"latencyDistribution":[{"percentage":50,"latency":32500000},{"percentage":99,"latency":45000000}],
            "histogram":[{"mark":0.025,"count":3,"frequency":1}],
            "details":[{"timestamp":"2018-12-30T16:50:13.8739-04:00","latency":42500000,"error":"","status":"OK"},
            {"timestamp":"2018-12-30T16:50:13.9-04:00","latency":25000000,"error":"rpc error: refused","status":"Unavailable"}]}
            """#,
        log: #"""
            {"ts":1546203013873.9,"metric":"grpc.latency_ms","value":42.5,"unit":"ms","run":"t-1","labels":{"status":"OK"},"ok":true}
            {"ts":1546203013900,"metric":"grpc.latency_ms","value":25,"unit":"ms","run":"t-1","labels":{"status":"Unavailable"},"ok":false}
            {"ts":1546203013873.9,"event":"run_started","run":"t-1","test":"Greeter","target":"0.0.0.0:50051","params":{"generator":"ghz","call":"helloworld.Greeter.SayHello","n":4,"connections":2,"import_format":"ghz JSON","import_measured":"grpc.latency_ms (samples)","import_reported":"avg_latency_ms, min_ms, max_ms, p50_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes, errors, duration_s","import_lacks":"sizes; 2 of the 4 calls that it counts","import_left_out":"data and metadata of the calls","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1546203014073.9,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":35,"min_ms":25,"max_ms":45,"p50_ms":32.5,"p99_ms":45,"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"attempted":20,"rps":15,"outcomes":{"OK":3,"Unavailable":1},"errors":{"rpc error: refused":1},"duration_s":0.2}}
            """#)

    private static let rewrkText = ImportFixture(
        name: "rewrk text", format: "rewrk text",
        text: #"""
            Beginning round 1...
            Benchmarking 500 connections @ http://localhost:8080 for 15 second(s)
              Latencies:
                Avg      Stdev    Min      Max
                4.67ms   1.62ms   0.03ms   30.36ms
              Requests:
                Total: 1603036 Req/Sec: 106902.62
              Transfer:
                Total: 137.50 MB Transfer Rate: 9.17 MB/Sec
            + --------------- + --------------- +
            |   Percentile    |   Avg Latency   |
            + --------------- + --------------- +
            |      99.9%      |     16.18ms     |
            |       99%       |     11.00ms     |
            + --------------- + --------------- +

            """#,
        log: #"""
            {"ts":1795442385000,"event":"run_started","run":"t-1","target":"http://localhost:8080","params":{"generator":"rewrk","connections":500,"import_format":"rewrk text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, min_ms, max_ms, total_requests, attempted, received_bytes, mean_of_slowest_0_1_percent_ms, mean_of_slowest_1_percent_ms, duration_s","import_lacks":"single requests; the start of the test; percentiles; errors and statuses","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":4.67,"stdev_ms":1.62,"min_ms":0.03,"max_ms":30.36,"total_requests":1603036,"attempted":106902.62,"received_bytes":144179200,"mean_of_slowest_0_1_percent_ms":16.18,"mean_of_slowest_1_percent_ms":11,"duration_s":15}}
            """#)

    private static let rewrkJSON = ImportFixture(
        name: "rewrk JSON", format: "rewrk JSON",
        text: #"""
            {"latency_avg":4.5,"latency_max":30.25,"latency_min":0.03125,"latency_std_deviation":1.5,"p99_avg_latency":12.5,"requests_avg":1000.5,"requests_total":15000,"transfer_rate":9000.0,"transfer_total":137500.0}
            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"rewrk","import_format":"rewrk JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, min_ms, max_ms, attempted, received_bytes, total_requests, mean_of_slowest_1_percent_ms","import_lacks":"single requests; the start of the test; percentiles; errors and statuses; the URL; the length of the test","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":4.5,"stdev_ms":1.5,"min_ms":0.03125,"max_ms":30.25,"attempted":1000.5,"received_bytes":137500,"total_requests":15000,"mean_of_slowest_1_percent_ms":12.5}}
            """#)

    private static let drillText = ImportFixture(
        name: "drill text", format: "drill text",
        text: """
            \u{1B}[33mConcurrency\u{1B}[0m \u{1B}[35m4\u{1B}[0m
            Fetch users               \u{1B}[33mTotal requests           \u{1B}[0m 5

            \u{1B}[33mTime taken for tests     \u{1B}[0m \u{1B}[35m5.2\u{1B}[0m seconds
            Total requests            30
            Successful requests       24
            Failed requests           6
            Requests per second       5.77 [#/sec]
            Median time per request   23ms
            Average time per request  150ms
            Sample standard deviation 160ms
            99.0'th percentile        500ms

            """,
        log: #"""
            {"ts":1795442394800,"event":"run_started","run":"t-1","params":{"generator":"drill","import_format":"drill text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, p50_ms, avg_latency_ms, stdev_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps","import_lacks":"single requests; the start of the test; the URL; statuses","import_left_out":"the numbers of each name","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":5.2,"p50_ms":23,"avg_latency_ms":150,"stdev_ms":160,"p99_ms":500,"total_requests":30,"successful_requests":24,"failed_requests":6,"error_rate":20,"attempted":5.77,"rps":4.616}}
            """#)

    private static let drillReport = ImportFixture(
        name: "drill report", format: "drill report",
        text: #"""
            ---
            - name: Fetch users
              duration: 12.5
              status: 200
            - name: "Fetch: account"
              duration: 30.25
              status: 500
            - name: broken

            """#,
        log: #"""
            {"ts":1795442400000,"metric":"http.latency_ms","value":12.5,"unit":"ms","run":"t-1","labels":{"status":"200","name":"Fetch users"},"ok":true}
            {"ts":1795442400000,"metric":"http.latency_ms","value":30.25,"unit":"ms","run":"t-1","labels":{"status":"500","name":"Fetch: account"},"ok":false}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"drill","import_format":"drill report","import_measured":"http.latency_ms (samples)","import_lacks":"when each request was sent; the URL","import_time":"when the file was written: the file has none","latency":"uncorrected","import_lost":"line 8, offset 112: a request without a duration"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let taurusXML = ImportFixture(
        name: "Taurus XML", format: "Taurus XML",
        text: #"""
            <?xml version='1.0' encoding='UTF-8'?>
            <FinalStatus>
              <ReportURL>https://example.org/report</ReportURL>
              <Group label="">
                <stdev_rt value="0.5"><name>stdev_rt</name><value>0.5</value></stdev_rt>
                <rc value="6" param="200"/>
                <rc value="2" param="503"/>
                <bytes value="6946"/>
                <perc value="1.25" param="95.0"/>
                <perc value="0.0625" param="0.0"/>
                <perc value="1.75" param="99.9"/>
                <perc value="2.00000" param="100.0"/>
                <throughput value="8"/>
                <concurrency value="16"/>
                <avg_rt value="0.75"/>
                <fail value="2"/>
              </Group>
              <Group label="http://example.org/?a=1&amp;b=2">
                <throughput value="4"/><fail value="0"/><avg_rt value="0.25"/>
              </Group>
            </FinalStatus>

            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"taurus","params":{"generator":"taurus","concurrency":16,"report_url":"https://example.org/report","import_format":"Taurus XML","import_measured":"nothing: all numbers are the tool's own","import_reported":"stdev_ms, received_bytes, p95_ms, min_ms, p999_ms, max_ms, avg_latency_ms, total_requests, successful_requests, failed_requests, error_rate, outcomes","import_lacks":"single requests; the start of the test; the length of the test, and so its rate","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"stdev_ms":500,"received_bytes":6946,"p95_ms":1250,"min_ms":62.5,"p999_ms":1750,"max_ms":2000,"avg_latency_ms":750,"total_requests":8,"successful_requests":6,"failed_requests":2,"error_rate":25,"outcomes":{"200":6,"503":2}}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","test":"taurus","target":"http://example.org/?a=1&b=2","params":{"generator":"taurus","report_url":"https://example.org/report","import_format":"Taurus XML","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, total_requests, successful_requests, failed_requests, error_rate","import_lacks":"single requests; the start of the test; the length of the test, and so its rate","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"avg_latency_ms":250,"total_requests":4,"successful_requests":4,"failed_requests":0,"error_rate":0}}
            """#)
}
