extension ImportFixture {
    static let bombardierText = ImportFixture(
        name: "bombardier text of versions 1 and 2", format: "bombardier text",
        text: #"""
            $ bombardier -l -d 10s http://localhost:3000/
            Bombarding http://localhost:3000/ for 10s using 125 connection(s)
            [=====================================================================] 10s
            Done!
            Statistics        Avg      Stdev        Max
              Reqs/sec       200.00      20.50     400.25
              Latency        1.50ms   500.00us      1.25s
              Latency Distribution (Total)
                 50%     1.25ms
                 99%     1.00m
              Latency Distribution (2xx)
                 50%     1.00ms
              HTTP codes:
                1xx - 0, 2xx - 1800, 3xx - 0, 4xx - 100, 5xx - 0
                others - 100
              Errors:
                dial tcp [::1]:3000 - refused - 100
              Throughput:     1.25MB/s
            Bombarding http://localhost:3000/test with 5000 requests using 5 connections
            5000 / 5000 [==================================================] 100.00% 1s
            Done!
            Statistics Avg Stdev Max
            Reqs/sec 7023.75 572.58 7833
            Latency 17.5ms 1.5ms 219.5ms
            HTTP codes:
            1xx - 0, 2xx - 5000, 3xx - 0, 4xx - 0, 5xx - 0
            others - 0
            Throughput: 1.83MB/s
            """#,
        log: #"""
            {"ts":1795442390000,"event":"run_started","run":"t-1","target":"http://localhost:3000/","params":{"generator":"bombardier","numberOfConnections":125,"import_format":"bombardier text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, max_ms, p50_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes, errors, duration_s","import_lacks":"single requests; the start of the test; the smallest latency; digits that bombardier rounds away","import_left_out":"percentiles of one kind of status; the throughput in bytes","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":1.5,"stdev_ms":0.5,"max_ms":1250,"p50_ms":1.25,"p99_ms":60000,"total_requests":2000,"successful_requests":1800,"failed_requests":200,"error_rate":10,"attempted":200,"rps":180,"outcomes":{"2xx":1800,"4xx":100,"others":100},"errors":{"dial tcp [::1]:3000 - refused":100},"duration_s":10}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","target":"http://localhost:3000/test","params":{"generator":"bombardier","numberOfRequests":5000,"numberOfConnections":5,"import_format":"bombardier text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, max_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes","import_lacks":"single requests; the start of the test; the smallest latency; digits that bombardier rounds away; the length of the test; percentiles (bombardier writes them with -l)","import_left_out":"the throughput in bytes","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"avg_latency_ms":17.5,"stdev_ms":1.5,"max_ms":219.5,"total_requests":5000,"successful_requests":5000,"failed_requests":0,"error_rate":0,"attempted":7023.75,"rps":7023.75,"outcomes":{"2xx":5000}}}
            """#)
}
