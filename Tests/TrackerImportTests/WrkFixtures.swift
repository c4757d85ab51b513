extension ImportFixture {
    static let wrk: [ImportFixture] = [wrkReports, wrkQuoted, wrkCut, wrk2Report, wrk2Spectrum]

    private static let wrkReports = ImportFixture(
        name: "wrk text, twice with prompts and notes", format: "wrk text",
        text: """
            Laptop, 8 GB, äöü
            (base) me@host web % wrk -d 60s -c 64 -t 3 --latency http://localhost:8080/a
            Running 1m test @ http://localhost:8080/a
              3 threads and 64 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   635.91us    0.89ms  12.92ms   93.69%
                Req/Sec    56.20k     8.07k   62.00k    86.54%
              Latency Distribution
                 50%  250.00us
                 75%    0.75ms
                 90%    1.20ms
                 99%    2.50ms
              6001 requests in 1.00m, 1.50KB read
              Socket errors: connect 0, read 12, write 4, timeout 3
              Non-2xx or 3xx responses: 60
            Requests/sec:    100.00
            Transfer/sec:      0.02KB
            me@host web % wrk http://localhost:8080/b
            ```
            Running 10s test @ http://localhost:8080/b
              2 threads and 10 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     0.00us    0.00us   0.00us    -nan%
                Req/Sec     0.00      0.00     0.00      -nan%
              0 requests in 10.00s, 0.00B read
              Socket errors: connect 10, read 0, write 0, timeout 0
            Requests/sec:      0.00
            Transfer/sec:       0.00B
            ```

            """,
        log: #"""
            {"ts":1795442339990,"event":"run_started","run":"t-1","target":"http://localhost:8080/a","params":{"generator":"wrk","threads":3,"connections":64,"load_model":"closed","import_format":"wrk text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, max_ms, p50_ms, p75_ms, p90_ms, p99_ms, received_bytes, socket_errors, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s","import_lacks":"single requests; the start of the test; errors by kind; how many requests the socket errors and timeouts belong to","import_left_out":"Req/Sec: it is of one thread","import_time":"when the file was written: the file has none","latency":"adjusted by the tool"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":0.63591,"stdev_ms":0.89,"max_ms":12.92,"p50_ms":0.25,"p75_ms":0.75,"p90_ms":1.2,"p99_ms":2.5,"received_bytes":1536,"socket_errors":{"connect":0,"read":12,"write":4,"timeout":3},"total_requests":6001,"successful_requests":5941,"failed_requests":60,"error_rate":0.9998333611064822,"attempted":100,"rps":99.00016663889352,"duration_s":60.01}}
            {"ts":1795442390000,"event":"run_started","run":"t-2","target":"http://localhost:8080/b","params":{"generator":"wrk","threads":2,"connections":10,"load_model":"closed","import_format":"wrk text","import_measured":"nothing: all numbers are the tool's own","import_reported":"received_bytes, socket_errors, total_requests, successful_requests, failed_requests, attempted, duration_s","import_lacks":"single requests; the start of the test; errors by kind; how many requests the socket errors belong to","import_left_out":"Req/Sec: it is of one thread","import_time":"when the file was written: the file has none","latency":"adjusted by the tool"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"received_bytes":0,"socket_errors":{"connect":10,"read":0,"write":0,"timeout":0},"total_requests":0,"successful_requests":0,"failed_requests":0,"attempted":0,"duration_s":10}}
            """#)

    private static let wrkQuoted = ImportFixture(
        name: "wrk text quoted in Markdown", format: "wrk text",
        text: """
            > Running 2s test @ http://localhost:8080/
            >   2 threads and 10 connections
            >   Thread Stats   Avg      Stdev     Max   +/- Stdev
            >     Latency     1.50ms    0.50ms   9.00ms   93.69%
            >   20 requests in 2.00s, 1.50KB read
            > Requests/sec:     10.00
            """,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","target":"http://localhost:8080/","params":{"generator":"wrk","threads":2,"connections":10,"load_model":"closed","import_format":"wrk text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, max_ms, received_bytes, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s","import_lacks":"single requests; the start of the test; errors by kind","import_left_out":"Req/Sec: it is of one thread; what each line begins with (>): offsets count without it","import_time":"when the file was written: the file has none","latency":"adjusted by the tool"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":1.5,"stdev_ms":0.5,"max_ms":9,"received_bytes":1536,"total_requests":20,"successful_requests":20,"failed_requests":0,"error_rate":0,"attempted":10,"rps":10,"duration_s":2}}
            """#)

    private static let wrkCut = ImportFixture(
        name: "wrk text, the end is missing", format: "wrk text",
        text: """
            Running 2s test @ http://localhost:8080/
              2 threads and 10 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     1.50m     2.00s    1.00h    93.69%
                Req/Sec     5.00

            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","target":"http://localhost:8080/","params":{"generator":"wrk","threads":2,"connections":10,"load_model":"closed","import_format":"wrk text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, stdev_ms, max_ms","import_lacks":"single requests; the start of the test; errors by kind","import_left_out":"Req/Sec: it is of one thread","import_time":"when the file was written: the file has none","latency":"adjusted by the tool","import_lost":"line 5, offset 175: the report ends here: what follows is not in the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":90000,"stdev_ms":2000,"max_ms":3600000}}
            """#)

    private static let wrk2Report = ImportFixture(
        name: "wrk2 text with both spectra", format: "wrk text",
        text: """
            $ ./wrk -t1 -c1 -R 2k -d 8 -U http://localhost:8080/
            Running 8s test @ http://localhost:8080/
              1 threads and 1 connections
              Thread calibration: mean lat.: 9747 usec, rate sampling interval: 21 msec
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     2.00ms    1.00ms   4.50ms   58.58%
                Req/Sec       -nan      -nan   0.00      0.00%
              Latency Distribution (HdrHistogram - Recorded Latency)
             50.000%    2.00ms
             99.900%    4.50ms
            100.000%    4.50ms

              Detailed Percentile spectrum:
                   Value   Percentile   TotalCount 1/(1-Percentile)

                   1.000     0.000000            1         1.00
                   2.001     0.500000            5         2.00
                   4.503     0.900000            8        10.00
                   4.503     1.000000            8          inf
            #[Mean    =        2.500, StdDeviation   =        1.000]
            #[Max     =        4.500, Total count    =            8]
            #[Buckets =           27, SubBuckets     =         2048]
            ----------------------------------------------------------
              Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking)
             50.000%    1.00ms

              Detailed Percentile spectrum:
                   Value   Percentile   TotalCount 1/(1-Percentile)

                   1.000     0.500000            6         2.00
                   2.000     1.000000            8          inf
            #[Mean    =        1.250, StdDeviation   =        0.433]
            #[Max     =        2.000, Total count    =            8]
            ----------------------------------------------------------
              16000 requests in 8.00s, 1.00MB read
            Requests/sec:   2000.00
            Transfer/sec:    128.00KB
            """,
        log: #"""
            {"ts":1795442392000,"metric":"http.latency_ms","count":8,"sum":20,"min":1,"max":4.5,"errors":0,"duration_ms":8000,"unit":"ms","run":"t-1","hist":[[130944,1],[131072,4],[131216,3]]}
            {"ts":1795442392000,"metric":"http.uncorrected_latency_ms","count":8,"sum":10,"min":1,"max":2,"errors":0,"duration_ms":8000,"unit":"ms","run":"t-1","hist":[[130944,6],[131072,2]]}
            {"ts":1795442392000,"event":"run_started","run":"t-1","target":"http://localhost:8080/","params":{"generator":"wrk","rate":2000,"threads":1,"connections":1,"load_model":"open","variant":"wrk2","import_format":"wrk text","import_measured":"http.latency_ms (counts that can be merged), http.uncorrected_latency_ms (counts that can be merged)","import_reported":"avg_latency_ms, stdev_ms, max_ms, p50_ms, p999_ms, p100_ms, uncorrected_p50_ms, received_bytes, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, p90_ms","import_lacks":"single requests; the start of the test; errors by kind; values within a step of the spectrum: each counts as its end; latencies of the first ten seconds, the calibration","import_left_out":"Req/Sec: it is of one thread","import_time":"when the file was written: the file has none","latency":"corrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":2,"stdev_ms":1,"max_ms":4.5,"p50_ms":2,"p999_ms":4.5,"p100_ms":4.5,"uncorrected_p50_ms":1,"received_bytes":1048576,"total_requests":16000,"successful_requests":16000,"failed_requests":0,"error_rate":0,"attempted":2000,"rps":2000,"duration_s":8,"p90_ms":4.5}}
            """#)

    private static let wrk2Spectrum = ImportFixture(
        name: "wrk2 text, the spectrum alone", format: "wrk text",
        text: """
            Detailed Percentile spectrum:
                   Value   Percentile   TotalCount 1/(1-Percentile)

                   1.000     0.000000            1         1.00
                   2.000     0.500000            5         2.00
                   2.500     0.750000            6         4.00
                   4.000     1.000000            8          inf

            """,
        log: #"""
            {"ts":1795442400000,"metric":"http.latency_ms","count":8,"sum":19.5,"min":1,"max":4,"errors":0,"unit":"ms","run":"t-1","hist":[[130944,1],[131072,4],[131104,1],[131200,2]]}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"wrk","load_model":"open","variant":"wrk2","import_format":"wrk text","import_measured":"http.latency_ms (counts that can be merged)","import_reported":"p50_ms, p75_ms","import_lacks":"single requests; the start of the test; errors by kind; the URL; values within a step of the spectrum: each counts as its end; latencies of the first ten seconds, the calibration","import_left_out":"Req/Sec: it is of one thread","import_time":"when the file was written: the file has none","latency":"corrected","import_lost":"line 7, offset 243: the report ends here: what follows is not in the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"p50_ms":2,"p75_ms":2.5}}
            """#)
}
