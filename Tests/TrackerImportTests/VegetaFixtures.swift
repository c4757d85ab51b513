extension ImportFixture {
    static let vegeta: [ImportFixture] = [
        vegetaLines, vegetaTable, vegetaText, vegetaOldText, vegetaJSON, vegetaPlot,
    ]

    private static let vegetaLines = ImportFixture(
        name: "vegeta JSON", format: "vegeta JSON",
        text: #"""
            {"attack":"50qps","seq":0,"code":200,"timestamp":"2024-05-01T12:00:00.5Z","latency":2457123,"bytes_out":0,"bytes_in":17,"error":"","body":null,"method":"GET","url":"http://localhost:8080/a?x=1","headers":null}
            not JSON
            {"attack":"50qps","seq":1,"code":0,"timestamp":"2024-05-01T14:00:01+02:00","latency":30000000000,"bytes_out":0,"bytes_in":0,"error":"timeout","body":null,"method":"GET","url":"http://localhost:8080/b","headers":null}
            {"attack":"50qps","seq":2}

            """#,
        log: #"""
            {"ts":1714564800500,"metric":"http.latency_ms","value":2.457123,"unit":"ms","run":"t-1","labels":{"status":"200","method":"GET","route":"/a"},"ok":true}
            {"ts":1714564801000,"metric":"http.latency_ms","value":30000,"unit":"ms","run":"t-1","labels":{"status":"0","method":"GET","route":"/b"},"ok":false}
            {"ts":1714564800500,"event":"run_started","run":"t-1","test":"50qps","target":"http://localhost:8080/","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta JSON","import_measured":"http.latency_ms (samples)","import_reported":"errors","import_left_out":"bodies and headers; bytes in and out; lines that are no JSON: 1","import_time":"in the file","latency":"corrected","import_lost":"line 4, offset 436: timestamp, latency or code is missing or wrong"},"environment":{}}
            {"ts":1714564831000,"event":"run_finished","run":"t-1","state":"finished","summary":{"errors":{"timeout":1}}}
            """#)

    private static let vegetaTable = ImportFixture(
        name: "vegeta CSV", format: "vegeta CSV",
        text: #"""
            1714564800123456789,200,2457123,0,17,,,50qps,0,GET,http://localhost:8080/,
              1714564801123456789,0,3000000,0,0,"dial
            ""refused"" now",,50qps,1,GET,http://localhost:8080/,
            """#,
        log: #"""
            {"ts":1714564800123.4568,"metric":"http.latency_ms","value":2.457123,"unit":"ms","run":"t-1","labels":{"status":"200","method":"GET","route":"/"},"ok":true}
            {"ts":1714564801123.4568,"metric":"http.latency_ms","value":3,"unit":"ms","run":"t-1","labels":{"status":"0","method":"GET","route":"/"},"ok":false}
            {"ts":1714564800123.4568,"event":"run_started","run":"t-1","test":"50qps","target":"http://localhost:8080/","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta CSV","import_measured":"http.latency_ms (samples)","import_reported":"errors","import_left_out":"bodies and headers; bytes in and out","import_time":"in the file","latency":"corrected"},"environment":{}}
            {"ts":1714564801126.4568,"event":"run_finished","run":"t-1","state":"finished","summary":{"errors":{"dial\n\"refused\" now":1}}}
            """#)

    private static let vegetaText = ImportFixture(
        name: "vegeta text", format: "vegeta text",
        text: "Requests      [total, rate, throughput]  1200, 120.00, 65.87\n"
            + "Latencies     [min, mean, 50, 90, 95, 99, max]  90.438129ms, 113.172398ms, "
                + """
                108.272568ms, 140.18235ms, 1m2.5s, 264ms, 270µs
                Duration      [total, attack, wait]      10.094965987s, 9.949883921s, 145.082066ms
                Bytes In      [total, mean]              3714690, 3095.57
                Bytes Out     [total, mean]              0, 0.00
                Success       [ratio]                    55.42%
                Status Codes  [code:count]               0:535  200:665
                Error Set:
                Get http://localhost:6060: dial tcp 127.0.0.1:6060: connection refused

                """,
        log: #"""
            {"ts":1795442389905.034,"event":"run_started","run":"t-1","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta text","import_measured":"nothing: all numbers are the tool's own","import_reported":"min_ms, avg_latency_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms, duration_s, received_bytes, sent_bytes, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes, errors","import_lacks":"single requests; the start of the test; the URL","import_time":"when the file was written: the file has none","latency":"corrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"min_ms":90.438129,"avg_latency_ms":113.172398,"p50_ms":108.272568,"p90_ms":140.18235,"p95_ms":62500,"p99_ms":264,"max_ms":0.27,"duration_s":10.094965987,"received_bytes":3714690,"sent_bytes":0,"total_requests":1200,"successful_requests":665,"failed_requests":535,"error_rate":44.583333333333336,"attempted":120,"rps":65.87,"outcomes":{"0":535,"200":665},"errors":["Get http://localhost:6060: dial tcp 127.0.0.1:6060: connection refused"]}}
            """#)

    private static let vegetaOldText = ImportFixture(
        name: "vegeta text of 2014, then another report", format: "vegeta text",
        text: """
            2014/01/21 06:08:37 Vegeta is attacking 1 targets in random order for 30s...
            Requests\t[total]\t\t\t15
            Duration\t[total]\t\t\t30s
            Latencies\t[mean, 95, 99, max]\t5.5ms, 2ms, 3s, 3s
            Success\t[ratio]\t\t\t100.00%
            Status Codes\t[code:count]\t\t200:15
            Error Set:
            \u{1B}[2J\u{1B}[1;1HRequests\t[total, rate]\t1, 1.00
            Latencies\t[mean, 95, 99, max]\t5ms, 5ms, 5ms, 5ms
            Success\t[ratio]\t100.00%
            """,
        log: #"""
            {"ts":1795442370000,"event":"run_started","run":"t-1","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta text","import_measured":"nothing: all numbers are the tool's own","import_reported":"duration_s, avg_latency_ms, p95_ms, p99_ms, max_ms, total_requests, successful_requests, failed_requests, error_rate, outcomes","import_lacks":"single requests; the start of the test; the URL","import_time":"when the file was written: the file has none","latency":"corrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":30,"avg_latency_ms":5.5,"p95_ms":2,"p99_ms":3000,"max_ms":3000,"total_requests":15,"successful_requests":15,"failed_requests":0,"error_rate":0,"outcomes":{"200":15}}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, p95_ms, p99_ms, max_ms, total_requests, error_rate","import_lacks":"single requests; the start of the test; the URL","import_time":"when the file was written: the file has none","latency":"corrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"avg_latency_ms":5,"p95_ms":5,"p99_ms":5,"max_ms":5,"total_requests":1,"error_rate":0}}
            """#)

    private static let vegetaJSON = ImportFixture(
        name: "vegeta JSON report", format: "vegeta JSON report",
        text: #"""
            {"latencies":{"total":237119463,"mean":2371194,"50th":2854306,"99th":3530000,"max":3660505},
            "bytes_in":{"total":606700,"mean":6067},"bytes_out":{"total":0,"mean":0},
            "earliest":"2015-09-19T14:45:50.5+02:00","latest":"2015-09-19T14:45:51.5+02:00","end":"2015-09-19T14:45:52+02:00",
            "duration":1000000000,"wait":500000000,"requests":100,"rate":100,"throughput":66,
            "success":0.99,"status_codes":{"200":99,"404":1},"errors":["404 Not Found"],"buckets":{"0":100}}
            """#,
        log: #"""
            {"ts":1442666750500,"event":"run_started","run":"t-1","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta JSON report","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, p50_ms, p99_ms, max_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, received_bytes, sent_bytes, outcomes, errors, duration_s","import_lacks":"single requests; the URL; counts of each error","import_left_out":"buckets: too wide to be merged","import_time":"in the file","latency":"corrected"},"environment":{}}
            {"ts":1442666752000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":2.371194,"p50_ms":2.854306,"p99_ms":3.53,"max_ms":3.660505,"total_requests":100,"successful_requests":99,"failed_requests":1,"error_rate":1,"attempted":100,"rps":66,"received_bytes":606700,"sent_bytes":0,"outcomes":{"200":99,"404":1},"errors":["404 Not Found"],"duration_s":1.5}}
            """#)

    private static let vegetaPlot = ImportFixture(
        name: "vegeta hdrplot", format: "vegeta hdrplot",
        text: """
            Value(ms)  Percentile  TotalCount  1/(1-Percentile)
            0.100000   0.000000    1           1.000000
            0.200000   0.500000    50          2.000000
            0.900000   0.990625    99          106.666667
            1.500000   1.000000    100         10000000.000000
            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"vegeta","load_model":"open","import_format":"vegeta hdrplot","import_measured":"nothing: all numbers are the tool's own","import_reported":"p50_ms, p99_ms, max_ms","import_lacks":"single requests; the start and length of the test; the URL; errors; the rate","import_time":"when the file was written: the file has none","latency":"corrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"p50_ms":0.2,"p99_ms":0.9,"max_ms":1.5}}
            """#)
}
