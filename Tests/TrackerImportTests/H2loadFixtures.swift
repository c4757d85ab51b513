extension ImportFixture {
    static let h2load: [ImportFixture] = [h2loadTable, h2loadReports, h2loadCut]

    private static let h2loadTable = ImportFixture(
        name: "h2load log", format: "h2load log",
        text: """
            1767225600250000\t200\t1565
            1767225600250500\t500\t2033
            1767225601000000\t-1\t10
            1767225601000000\t20
            """,
        log: #"""
            {"ts":1767225600250,"metric":"http.latency_ms","value":1.565,"unit":"ms","run":"t-1","labels":{"status":"200"},"ok":true}
            {"ts":1767225600250.5,"metric":"http.latency_ms","value":2.033,"unit":"ms","run":"t-1","labels":{"status":"500"},"ok":false}
            {"ts":1767225601000,"metric":"http.latency_ms","value":0.01,"unit":"ms","run":"t-1","ok":false}
            {"ts":1767225600250,"event":"run_started","run":"t-1","params":{"generator":"h2load","import_format":"h2load log","import_measured":"http.latency_ms (samples)","import_lacks":"the URL; bytes; why a request failed","import_time":"in the file","latency":"uncorrected","import_lost":"line 4, offset 75: not a time, a status and a duration"},"environment":{}}
            {"ts":1767225601000.01,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let h2loadReports = ImportFixture(
        name: "h2load text, twice, old and new columns", format: "h2load text",
        text: """
            $ h2load -n 50 -c 3 -t 2 https://localhost:8443/
            starting benchmark...
            spawning thread #0: 2 total client(s). 25 total requests
            spawning thread #1: 1 total client(s). 25 total requests
            TLS Protocol: TLSv1.3
            progress: 100% done

            finished in 1.25s, 40.00 req/s, 5.26KB/s
            requests: 50 total, 50 started, 50 done, 33 succeeded, 17 failed, 2 errored, 0 timeout
            status codes: 30 2xx, 3 3xx, 0 4xx, 15 5xx
            traffic: 5.98KB (6123) total, 3.91KB (4000) headers \
            (space savings 0.00%), 250B (250) data
                                 min         max         mean         sd        +/- sd
            time for request:     1.57ms     1.50s      44.34ms     11.53ms    92.00%
            time for connect:       60us       222us       141us        81us    66.67%
            time to 1st byte:     1.64ms      2.27ms      1.89ms       341us    66.67%
            req/s           :      22.01       23.26       22.73        0.64    66.67%
            spawning thread #0: 1 total client(s). Timing-based test with 1s of warm-up time
            finished in 2.00s, 4.50 req/s, 1.00KB/s
            requests: 10 total, 10 started, 9 done, 9 succeeded, 0 failed, 0 errored, 0 timeout
            status codes: 9 2xx, 0 3xx, 0 4xx, 0 5xx
            traffic: 1.00KB (1024) total, 512B (512) headers, 250B (250) data
                               min     max  median     p95     p99    mean      sd  +/- sd
            request     :     10us
            time for request:  1.00ms  9.00ms  2.00ms  8.00ms  8.50ms  2.50ms   500us  80.00%

            """,
        log: #"""
            {"ts":1795442398750,"event":"run_started","run":"t-1","target":"https://localhost:8443/","params":{"generator":"h2load","connections":3,"import_format":"h2load text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, received_bytes, min_ms, max_ms, avg_latency_ms, stdev_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes","import_lacks":"single requests; the start of the test","import_left_out":"times to connect and to the first byte; req/s: it is of one client","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":1.25,"received_bytes":6123,"min_ms":1.57,"max_ms":1500,"avg_latency_ms":44.34,"stdev_ms":11.53,"total_requests":50,"successful_requests":33,"failed_requests":17,"error_rate":34,"attempted":40,"rps":26.4,"outcomes":{"errored":2,"2xx":30,"3xx":3,"4xx":0,"5xx":15}}}
            {"ts":1795442398000,"event":"run_started","run":"t-2","params":{"generator":"h2load","connections":1,"import_format":"h2load text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, received_bytes, min_ms, max_ms, p50_ms, p95_ms, p99_ms, avg_latency_ms, stdev_ms, total_requests, successful_requests, failed_requests, error_rate, requested_requests, attempted, rps, outcomes","import_lacks":"single requests; the start of the test; the URL","import_left_out":"times to connect and to the first byte; req/s: it is of one client","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"duration_s":2,"received_bytes":1024,"min_ms":1,"max_ms":9,"p50_ms":2,"p95_ms":8,"p99_ms":8.5,"avg_latency_ms":2.5,"stdev_ms":0.5,"total_requests":9,"successful_requests":9,"failed_requests":0,"error_rate":0,"requested_requests":10,"attempted":4.5,"rps":4.5,"outcomes":{"2xx":9,"3xx":0,"4xx":0,"5xx":0}}}
            """#)

    private static let h2loadCut = ImportFixture(
        name: "h2load text, cut", format: "h2load text",
        text: """
            finished in 1.25s, 40.00 req/s, 5.26KB/s
            requests: 50 total, 50 started, 50 done, 33 succeeded, 17 fai

            """,
        log: #"""
            {"ts":1795442398750,"event":"run_started","run":"t-1","params":{"generator":"h2load","import_format":"h2load text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, total_requests, attempted","import_lacks":"single requests; the start of the test; the URL","import_left_out":"times to connect and to the first byte; req/s: it is of one client","import_time":"when the file was written: the file has none","latency":"uncorrected","import_lost":"line 2, offset 41: the report ends here: what follows is not in the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":1.25,"total_requests":50,"attempted":40}}
            """#)
}
