/// Reports that tools print for people, where these are all that somebody kept.
extension ImportFixture {
    static let prints = [artillerySecond, artilleryFirst, nighthawkText]

    private static let artillerySecond = ImportFixture(
        name: "Artillery 2 text", format: "Artillery text",
        text: """
            Test run id: tqm6g_kdp4kd_5c8ydm3yh9j
            Phase started: unnamed (index: 0, duration: 10s) 13:02:21(+0000)

            --------------------------------------
            Metrics for period to: 13:02:30(+0000) (width: 6.027s)
            --------------------------------------

            http.codes.200: .................... 18
            http.request_rate: .................... 3/sec
            http.requests: .................... 18
            http.response_time:
              min: .................... 91
              max: .................... 129
              mean: .................... 101.1
              median: .................... 98
              p95: .................... 122.7
              p99: .................... 122.7
            http.responses: .................... 18
            vusers.completed: .................... 18
            vusers.created: .................... 18
            vusers.created_by_name.0: .................... 18
            vusers.failed: .................... 0
            vusers.session_length:
              min: .................... 106.3
              max: .................... 222.8

            Phase completed: unnamed (index: 0, duration: 10s) 13:02:31(+0000)

            All VUs finished. Total time: 1 minute, 11 seconds

            --------------------------------
            Summary report @ 13:02:33(+0000)
            --------------------------------

            errors.ETIMEDOUT: .................... 2
            http.codes.200: .................... 27
            http.codes.503: .................... 3
            http.downloaded_bytes: .................... 30720
            http.request_rate: .................... 3/sec
            http.requests: .................... 32
            http.response_time:
              min: .................... 91
              max: .................... 1129
              mean: .................... 103.3
              median: .................... 98.5
              p95: .................... 122.7
              p99: .................... 127.8
            http.responses: .................... 30
            plugins.metrics-by-endpoint.http://a/b.codes.200: .................... 27
            vusers.completed: .................... 30
            vusers.created: .................... 32
            vusers.created_by_name.Browse: .................... 32
            vusers.failed: .................... 2
            vusers.session_length:
              min: .................... 106.3
              max: .................... 222.8
              mean: .................... 126.4
              median: .................... 122.7
              p95: .................... 147
              p99: .................... 223.7

            Checks:
            ok: http.response_time.p95 < 200
            """,
        log: #"""
            {"ts":1795442329000,"event":"run_started","run":"t-1","test":"Browse","params":{"generator":"artillery","load_model":"open","import_format":"Artillery text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, max_ms, p50_ms, p95_ms, p99_ms, session_mean_ms, session_min_ms, session_max_ms, session_p50_ms, session_p95_ms, session_p99_ms, total_requests, successful_requests, failed_requests, error_rate, sent_requests, attempted, rps, users_created, users_completed, users_failed, received_bytes, outcomes, duration_s","import_lacks":"single requests; the URL; the start of the test","import_left_out":"counts of plugins; the reports of single periods: 1","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":103.3,"min_ms":91,"max_ms":1129,"p50_ms":98.5,"p95_ms":122.7,"p99_ms":127.8,"session_mean_ms":126.4,"session_min_ms":106.3,"session_max_ms":222.8,"session_p50_ms":122.7,"session_p95_ms":147,"session_p99_ms":223.7,"total_requests":32,"successful_requests":27,"failed_requests":5,"error_rate":15.625,"sent_requests":32,"attempted":3,"rps":2.53125,"users_created":32,"users_completed":30,"users_failed":2,"received_bytes":30720,"outcomes":{"200":27,"503":3,"ETIMEDOUT":2},"duration_s":71}}
            """#)

    private static let artilleryFirst = ImportFixture(
        name: "Artillery 1 text", format: "Artillery text",
        text: """
            Started phase 0, duration: 60s @ 16:40:44(+0000) 2020-01-28
            Report @ 16:40:54(+0000) 2020-01-28
            Elapsed time: 10 seconds
              Scenarios launched:  99
              Scenarios completed: 99
              Requests completed:  99
              RPS sent: 10.2
              Request latency:
                min: 52
                max: 188.4
                median: 60
                p95: 100
                p99: 180
              Codes:
                200: 99

            All virtual users finished
            Summary report @ 16:41:45(+0000) 2020-01-28
              Scenarios launched:  600
              Scenarios completed: 597
              Requests completed:  1190
              Mean response/sec: 19.7
              Response time (msec):
                min: 51.9
                max: 1318.9
                median: 58.6
                p95: 101.5
                p99: 233.1
              Scenario counts:
                Browse: 600 (100%)
              Codes:
                200: 1185
                503: 5
              Errors:
                ETIMEDOUT: 3
            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"artillery","load_model":"open","import_format":"Artillery text","import_measured":"nothing: all numbers are the tool's own","import_reported":"p50_ms, min_ms, max_ms, p95_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, users_created, users_completed, outcomes","import_lacks":"single requests; the URL; the start of the test; the start and length of the test","import_left_out":"the reports of single periods: 1","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"p50_ms":58.6,"min_ms":51.9,"max_ms":1318.9,"p95_ms":101.5,"p99_ms":233.1,"total_requests":1193,"successful_requests":1185,"failed_requests":8,"error_rate":0.6705783738474435,"attempted":19.7,"rps":19.617226890756303,"users_created":600,"users_completed":597,"outcomes":{"200":1185,"503":5,"ETIMEDOUT":3}}}
            """#)

    private static let nighthawkText = ImportFixture(
        name: "Nighthawk text", format: "Nighthawk text",
        text: """
            [12:00:00.123456][1][I] Starting 1 threads / event loops. Time limit: 5 seconds.
            Nighthawk - A layer 7 protocol benchmarking tool.

            Queueing and connection setup latency (50 samples)
              min: 0s 000ms 002us | mean: 0s 000ms 010us \
            | max: 0s 000ms 300us | pstdev: 0s 000ms 040us

              Percentile  Count       Value
              0.5         25          0s 000ms 004us
              0.75        38          0s 000ms 005us

            Request start to response end (50 samples)
              min: 0s 000ms 130us | mean: 0s 001ms 250us \
            | max: 1s 012ms 300us | pstdev: 0s 000ms 500us

              Percentile  Count       Value
              0.5         25          0s 000ms 900us
              0.75        38          0s 001ms 100us
              0.9         45          0s 002ms 000us
              0.99        50          0s 012ms 300us

            Response body size in bytes (50 samples)
              min: 10 | mean: 10 | max: 10 | pstdev: 0

            Counter                                 Value       Per second
            benchmark.http_2xx                      45          9.00
            benchmark.http_5xx                      5           1.00
            upstream_cx_total                       1           0.20
            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"nighthawk","import_format":"Nighthawk text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, min_ms, max_ms, p50_ms, p75_ms, p90_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, outcomes, attempted, rps","import_lacks":"single requests; the URL; the start and length of the test; fractions of a microsecond","import_left_out":"statistics of connections, queues and sizes","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":1.25,"stdev_ms":0.5,"min_ms":0.13,"max_ms":1012.3,"p50_ms":0.9,"p75_ms":1.1,"p90_ms":2,"p99_ms":12.3,"total_requests":50,"successful_requests":45,"failed_requests":5,"error_rate":10,"outcomes":{"2xx":45,"5xx":5},"attempted":10,"rps":9}}
            """#)
}
