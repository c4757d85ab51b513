extension ImportFixture {
    static let ab: [ImportFixture] = [abTable, abPercentiles, abReports, abCut]

    private static let abTable = ImportFixture(
        name: "ab -g", format: "ab -g",
        text: """
            starttime\tseconds\tctime\tdtime\tttime\twait
            Thu Jan 01 00:00:05 2026\t1767225605\t1\t9\t10\t8
            Thu Jan 01 00:00:03 2026\t1767225603\t2\t18\t20\t17
            Thu Jan 01 00:00:04 2026\t17672

            """,
        log: #"""
            {"ts":1767225605000,"metric":"http.latency_ms","value":10,"unit":"ms","run":"t-1"}
            {"ts":1767225603000,"metric":"http.latency_ms","value":20,"unit":"ms","run":"t-1"}
            {"ts":1767225603000,"event":"run_started","run":"t-1","params":{"generator":"ab","import_format":"ab -g","import_measured":"http.latency_ms (samples)","import_lacks":"which requests failed; requests without an answer; the URL; status codes; fractions of a millisecond, and of a second of the start","import_left_out":"times to connect, of the answer and of waiting","import_time":"in the file","latency":"uncorrected","import_lost":"line 4, offset 133: the row is cut, or has no time"},"environment":{}}
            {"ts":1767225605010,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let abPercentiles = ImportFixture(
        name: "ab -e", format: "ab -e",
        text: """
            Percentage served,Time in ms
            0,1.25
            1,1.5
            2,1.625
            50,2.5
            99,9.125
            100,12.75

            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"ab","import_format":"ab -e","import_measured":"nothing: all numbers are the tool's own","import_reported":"min_ms, p01_ms, p50_ms, p99_ms, max_ms","import_lacks":"single requests; how many there were; failures; the rate; the start; the URL","import_left_out":"the other percents","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"min_ms":1.25,"p01_ms":1.5,"p50_ms":2.5,"p99_ms":9.125,"max_ms":12.75}}
            """#)

    /// Answers of another length are no failures, and those of status 500 are.
    private static let abReports = ImportFixture(
        name: "ab text, twice with prompts", format: "ab text",
        text: """
            $ ab -n 1000 -c 10 http://localhost:8080/a
            This is ApacheBench, Version 2.3 <$Revision: 1913912 $>
            Benchmarking localhost (be patient)


            Server Software:        \u{20}
            Server Hostname:        localhost
            Server Port:            8080

            Document Path:          /a
            Document Length:        2719 bytes

            Concurrency Level:      10
            Time taken for tests:   0.125 seconds
            Complete requests:      1000
            Failed requests:        14
               (Connect: 1, Receive: 0, Length: 12, Exceptions: 1)
            Non-2xx responses:      5
            Total transferred:      2785000 bytes
            HTML transferred:       2719000 bytes
            Requests per second:    8000.00 [#/sec] (mean)
            Time per request:       1.250 [ms] (mean)
            Time per request:       0.125 [ms] (mean, across all concurrent requests)
            Transfer rate:          21757.81 [Kbytes/sec] received

            Connection Times (ms)
                          min  mean[+/-sd] median   max
            Connect:        0    0   0.1      0       1
            Processing:     0    1   0.2      1       2
            Waiting:        0    1   0.2      1       2
            Total:          0    1   0.2      1       3

            Percentage of the requests served within a certain time (ms)
              50%      1
              99%      2
             100%      3 (longest request)
            $ ab -n 1 https://localhost/
            Server Software:        any/1.0
            Server Hostname:        localhost
            Server Port:            443
            SSL/TLS Protocol:       TLSv1.3,TLS_AES_256_GCM_SHA384,2048,256

            Document Path:          /
            Concurrency Level:      1
            Time taken for tests:   0.500 seconds
            Complete requests:      1
            Failed requests:        0
            Requests per second:    2.00 [#/sec] (mean)

            """,
        log: #"""
            {"ts":1795442399875,"event":"run_started","run":"t-1","target":"http://localhost:8080/a","params":{"generator":"ab","generator_version":"2.3","connections":10,"load_model":"closed","import_format":"ab text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, received_bytes, avg_latency_ms, min_ms, stdev_ms, p50_ms, max_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes","import_lacks":"single requests; the start of the test; errors by status; percentiles below a millisecond: ab rounds them to whole ones","import_left_out":"answers of another length from the failures: a page that changes is no failure; times to connect, of processing and of waiting","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":0.125,"received_bytes":2785000,"avg_latency_ms":1.25,"min_ms":0,"stdev_ms":0.2,"p50_ms":1,"max_ms":3,"p99_ms":2,"total_requests":1000,"successful_requests":993,"failed_requests":7,"error_rate":0.7,"attempted":8000,"rps":7944,"outcomes":{"Connect":1,"Length":12,"Exceptions":1,"Non-2xx":5}}}
            {"ts":1795442399500,"event":"run_started","run":"t-2","target":"https://localhost/","params":{"generator":"ab","generator_version":"2.3","connections":1,"load_model":"closed","import_format":"ab text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, total_requests, successful_requests, failed_requests, error_rate, attempted, rps","import_lacks":"single requests; the start of the test; errors by status; percentiles below a millisecond: ab rounds them to whole ones","import_left_out":"times to connect, of processing and of waiting","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"duration_s":0.5,"total_requests":1,"successful_requests":1,"failed_requests":0,"error_rate":0,"attempted":2,"rps":2}}
            """#)

    private static let abCut = ImportFixture(
        name: "ab text, cut", format: "ab text",
        text: """
            Server Hostname:        localhost
            Document Path:          /a
            Time taken for tests:   0.125 seconds
            Complete req

            """,
        log: #"""
            {"ts":1795442399875,"event":"run_started","run":"t-1","params":{"generator":"ab","load_model":"closed","import_format":"ab text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s","import_lacks":"single requests; the start of the test; errors by status; percentiles below a millisecond: ab rounds them to whole ones; the URL","import_left_out":"times to connect, of processing and of waiting","import_time":"when the file was written: the file has none","latency":"uncorrected","import_lost":"line 4, offset 99: the report ends here: what follows is not in the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":0.125}}
            """#)
}
