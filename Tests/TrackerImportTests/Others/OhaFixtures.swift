extension ImportFixture {
    static let oha: [ImportFixture] = [
        ohaJSON,
        ohaTable,
        ohaOldText,
        ohaText,
    ]

    private static let ohaJSON = ImportFixture(
        name: "oha JSON", format: "oha JSON",
        text: #"""
            {"summary":{"successRate":1,"total":2.0,"slowest":0.5,"fastest":0.001,"average":0.0125,
            "requestsPerSec":50.0,"totalData":1000,"sizePerRequest":null,"sizePerSec":500.0},
            "responseTimeHistogram":{"0.001":1,"0.0509":96},
            "latencyPercentiles":{"p10":0.0015,"p50":0.01,"p99":0.4,"p99.9":0.5,"p99.99":null},
            "rps":{"mean":51.0,"stddev":1.0,"max":90.0,"min":2.0,"percentiles":{"p50":50.0}},
            "metrics":{"success_rate":1.0,"requests_per_sec":50.0,"latency_ms":{"average":12.5}},
            "statusCodeDistribution":{"200":90,"503":5},
            "errorDistribution":{"aborted due to deadline":4,"connection refused":1}}
            """#,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","params":{"generator":"oha","import_format":"oha JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, max_ms, p10_ms, p50_ms, p99_ms, p999_ms, attempted, total_requests, successful_requests, failed_requests, error_rate, cut_off_requests, rps, outcomes, received_bytes, duration_s","import_lacks":"single requests; the start of the test; the URL; whether latencies were corrected (--latency-correction)","import_left_out":"the histogram of 11 bars; the rate in windows of 10 ms; DNS and connect times","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":12.5,"min_ms":1,"max_ms":500,"p10_ms":1.5,"p50_ms":10,"p99_ms":400,"p999_ms":500,"attempted":50,"total_requests":96,"successful_requests":90,"failed_requests":6,"error_rate":6.25,"cut_off_requests":4,"rps":45,"outcomes":{"200":90,"503":5,"aborted due to deadline":4,"connection refused":1},"received_bytes":1000,"duration_s":2}}
            """#)

    private static let ohaTable = ImportFixture(
        name: "oha CSV", format: "oha CSV",
        text: #"""
            request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status
            0.0015,0.00012,0.00098,0.0021,0.0025,4,200
            0.0025,0,0,0.0021,1.5,4,500
            0.1,0

            """#,
        log: #"""
            {"ts":1795442400001.5,"metric":"http.latency_ms","value":2.5,"unit":"ms","run":"t-1","labels":{"status":"200"},"ok":true}
            {"ts":1795442400002.5,"metric":"http.latency_ms","value":1500,"unit":"ms","run":"t-1","labels":{"status":"500"},"ok":false}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"oha","import_format":"oha CSV","import_measured":"http.latency_ms (samples)","import_lacks":"requests without an answer; the start of the test; the URL; whether latencies were corrected (--latency-correction)","import_left_out":"DNS, connect and first byte times; sizes","import_time":"when the file was written: the file has none","latency":"not said by the file","import_lost":"line 4, offset 145: no start and duration in seconds: cut or damaged"},"environment":{}}
            {"ts":1795442401502.5,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let ohaOldText = ImportFixture(
        name: "oha text of 0.5: a ratio, old labels", format: "oha text",
        text: #"""
            Summary:
              Success rate: 1.0000
              Total:        30.0009 secs
              Slowest:      3.9235 secs
              Fastest:      0.1350 secs
              Average:      0.8213 secs
              Requests/sec: 0.1000

              Total data:   8.50 MiB
              Size/request: NaN

            Response time histogram:
              0.135 [1]   |
              3.923 [2]   |■■

            Latency distribution:
              10% in 0.1545 secs
              99% in 3.5202 secs

            Details (average, fastest, slowest):
              DNS+dialup:   0.1125 secs, 0.0893 secs, 0.1767 secs

            Status code distribution:
              [429] 1 responses
              [200] 2 responses

            """#,
        log: #"""
            {"ts":1795442369999.1,"event":"run_started","run":"t-1","params":{"generator":"oha","import_format":"oha text","import_measured":"nothing: all numbers are the tool's own","import_reported":"max_ms, min_ms, avg_latency_ms, received_bytes, p10_ms, p99_ms, attempted, total_requests, successful_requests, failed_requests, error_rate, rps, outcomes, duration_s","import_lacks":"single requests; the start of the test; whether latencies were corrected (--latency-correction); the URL","import_left_out":"the histogram of 11 bars; DNS and connect times","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"max_ms":3923.5,"min_ms":135,"avg_latency_ms":821.3000000000001,"received_bytes":8912896,"p10_ms":154.5,"p99_ms":3520.2,"attempted":0.1,"total_requests":3,"successful_requests":2,"failed_requests":1,"error_rate":33.333333333333336,"rps":0.06666666666666667,"outcomes":{"429":1,"200":2},"duration_s":30.0009}}
            """#)

    private static let ohaText = ImportFixture(
        name: "oha text with colours, tens of seconds and two reports", format: "oha text",
        text: """
            $ oha -n 10 --no-tui http://localhost:8080/a
            \u{1B}[1m\u{1B}[4mSummary:\u{1B}[0m
            \u{1B}[32m\u{1B}[1m  Success rate:\t100.00%\u{1B}[0m
              Total:\t3.0000 10 sec
            \u{1B}[33m  Slowest:\t2.5000 10 sec\u{1B}[0m
              Fastest:\t0.1000 10 sec
              Average:\t1.2000 10 sec
              Requests/sec:\t0.3333

              Total data:\t512 B

            \u{1B}[1mResponse time distribution:\u{1B}[0m
            \u{1B}[32m  10.00% in 0.2000 10 sec\u{1B}[0m
              99.90% in 2.4000 10 sec

            Response time distribution (2xx only):
              50.00% in 1.0000 10 sec

            Status code distribution:
              [200] 6 responses
              [404] 2 responses

            Error distribution:
              [1] aborted due to deadline
              [1] connection error: refused

            Summary:
              Success rate:\t100.00%
              Total:\t12.5000 ms
              Slowest:\t900.5000 us
              Requests/sec:\t80.0000

            Response time distribution:
              50.00% in NaN us

            Status code distribution:

            """,
        log: #"""
            {"ts":1795442370000,"event":"run_started","run":"t-1","target":"http://localhost:8080/a","params":{"generator":"oha","import_format":"oha text","import_measured":"nothing: all numbers are the tool's own","import_reported":"max_ms, min_ms, avg_latency_ms, received_bytes, p10_ms, p999_ms, successful_p50_ms, attempted, total_requests, successful_requests, failed_requests, error_rate, cut_off_requests, rps, outcomes, duration_s","import_lacks":"single requests; the start of the test; whether latencies were corrected (--latency-correction)","import_left_out":"the histogram of 11 bars; DNS and connect times","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"max_ms":25000,"min_ms":1000,"avg_latency_ms":12000,"received_bytes":512,"p10_ms":2000,"p999_ms":24000,"successful_p50_ms":10000,"attempted":0.3333,"total_requests":9,"successful_requests":6,"failed_requests":3,"error_rate":33.333333333333336,"cut_off_requests":1,"rps":0.19998,"outcomes":{"200":6,"404":2,"aborted due to deadline":1,"connection error: refused":1},"duration_s":30}}
            {"ts":1795442399987.5,"event":"run_started","run":"t-2","params":{"generator":"oha","import_format":"oha text","import_measured":"nothing: all numbers are the tool's own","import_reported":"max_ms, attempted, duration_s","import_lacks":"single requests; the start of the test; whether latencies were corrected (--latency-correction); the URL","import_left_out":"the histogram of 11 bars; DNS and connect times","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"max_ms":0.9005,"attempted":80,"duration_s":0.0125}}
            """#)
}
