extension ImportFixture {
    static let k6Printed = ImportFixture(
        name: "k6 text of version 1 and of an older one", format: "k6 text",
        text: #"""
                 /\      Grafana   /‾‾/
                execution: local
                   script: a.js
                scenarios: (100.00%) 1 scenario, 10 max VUs
            running (0m05.0s), 10/10 VUs, 200 complete and 0 interrupted iterations

              █ THRESHOLDS

                http_req_duration
                ✗ 'p(95)<15' p(95)=20ms
                ✓ 'avg<50' avg=12.5ms
                ✗ 'max<1s' max=1m1s

              █ TOTAL RESULTS

                checks_total.......: 20     2/s
                checks_succeeded...: 90.00% 18 out of 20
                checks_failed......: 10.00% 2 out of 20

                ✗ is "ok"
                  ↳  90% — ✓ 18 / ✗ 2

                CUSTOM
                size...........................: avg=5      max=9
                HTTP
                http_req_duration..............: avg=12.5ms min=500µs med=1.5s max=1m1s p(99.9)=20ms
                  { expected_response:true }...: avg=12ms   min=500µs med=1.5s max=1m1s p(99.9)=20ms
                http_req_failed................: 2.00%  10 out of 500
                http_reqs......................: 500    50/s

                EXECUTION
                iteration_duration.............: avg=100ms p(95)=200ms
                iterations.....................: 500    50/s
                vus............................: 5      min=1         max=10
                vus_max........................: 10     min=10        max=10

                NETWORK
                data_received..................: 1.5 MB 150 kB/s
                data_sent......................: 20 kB  2 kB/s

              █ GROUP: cart

                http_reqs......................: 100    10/s

            running (0m10.0s), 00/10 VUs, 500 complete and 0 interrupted iterations
            $ k6 run b.js
                 ✓ is "ok"

                 checks.........................: 90.00% ✓ 9       ✗ 1
                 data_received..................: 22 kB  11 kB/s
                 data_sent......................: 442 B  221 B/s
               ✗ http_req_duration..............: avg=0s     min=0s p(95)=1.25ms
                 http_req_failed................: 25.00% ✓ 1       ✗ 3
                 http_reqs......................: 4      2/s
                 vus............................: 1      min=1     max=1
                 vus_max........................: 1      min=1     max=1
            """#,
        log: #"""
            {"ts":1795442390000,"event":"run_started","run":"t-1","params":{"generator":"k6","broken_threshold_http_req_duration":"p(95)<15, max<1s","import_format":"k6 text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, p50_ms, max_ms, p999_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, checks_total, checks_succeeded_passed, checks_succeeded_failed, checks_failed_passed, checks_failed_failed, size_avg, size_max, iteration_duration_avg_ms, iteration_duration_p95_ms, iterations, vus, vus_max, received_bytes, sent_bytes","import_lacks":"single requests; the start of the test; the URL; digits that k6 rounds away","import_left_out":"the numbers of each group and scenario; metrics of a part of the requests, {…}","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":12.5,"min_ms":0.5,"p50_ms":1500,"max_ms":61000,"p999_ms":20,"total_requests":500,"successful_requests":490,"failed_requests":10,"error_rate":2,"attempted":50,"rps":49,"duration_s":10,"checks_total":20,"checks_succeeded_passed":18,"checks_succeeded_failed":2,"checks_failed_passed":2,"checks_failed_failed":18,"size_avg":5,"size_max":9,"iteration_duration_avg_ms":100,"iteration_duration_p95_ms":200,"iterations":500,"vus":5,"vus_max":10,"received_bytes":1500000,"sent_bytes":20000}}
            {"ts":1795442398000,"event":"run_started","run":"t-2","params":{"generator":"k6","broken_threshold_http_req_duration":"not said by the file","import_format":"k6 text","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, p95_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, checks_passed, checks_failed, received_bytes, sent_bytes, vus, vus_max","import_lacks":"single requests; the start of the test; the URL; digits that k6 rounds away","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"avg_latency_ms":0,"min_ms":0,"p95_ms":1.25,"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"attempted":2,"rps":1.5,"duration_s":2,"checks_passed":9,"checks_failed":1,"received_bytes":22000,"sent_bytes":442,"vus":1,"vus_max":1}}
            """#)
}
