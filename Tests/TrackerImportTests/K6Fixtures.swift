extension ImportFixture {
    static let k6: [ImportFixture] = [
        k6Lines, k6OldLines, k6Table, k6Legacy, k6HandleSummary, k6Machine, k6Printed,
    ]

    private static let k6Lines = ImportFixture(
        name: "k6 NDJSON", format: "k6 NDJSON",
        text: #"""
            {"metric":"http_reqs","type":"Metric","data":{"name":"http_reqs","type":"counter","contains":"default","thresholds":[],"submetrics":null}}
            {"metric":"http_reqs","type":"Point","data":{"time":"2026-08-01T12:00:01.5+02:00","value":1,"tags":{"expected_response":"true","group":"","method":"GET","name":"http://localhost:3000/a?x=1","proto":"HTTP/1.1","scenario":"default","status":"200","url":"http://localhost:3000/a?x=1"}}}
            {"metric":"http_req_duration","type":"Point","data":{"time":"2026-08-01T12:00:01.5+02:00","value":250.5,"tags":{"expected_response":"true","group":"","method":"GET","name":"http://localhost:3000/a?x=1","proto":"HTTP/1.1","scenario":"default","status":"200","url":"http://localhost:3000/a?x=1"}}}
            {"metric":"http_req_waiting","type":"Point","data":{"time":"2026-08-01T12:00:01.5+02:00","value":12.5,"tags":{"expected_response":"true","group":"","method":"GET","name":"http://localhost:3000/a?x=1","proto":"HTTP/1.1","scenario":"default","status":"200","url":"http://localhost:3000/a?x=1"}}}
            {"metric":"http_req_failed","type":"Point","data":{"time":"2026-08-01T12:00:01.5+02:00","value":0,"tags":{"expected_response":"true","group":"","method":"GET","name":"http://localhost:3000/a?x=1","proto":"HTTP/1.1","scenario":"default","status":"200","url":"http://localhost:3000/a?x=1"}}}
            {"metric":"wait_ms","type":"Metric","data":{"name":"wait_ms","type":"trend","contains":"time","thresholds":[],"submetrics":null}}
            {"metric":"wait_ms","type":"Point","data":{"time":"2026-08-01T10:00:02Z","value":1000,"tags":null}}
            {"metric":"checks","type":"Point","data":{"time":"2026-08-01T10:00:02Z","value":1,"tags":{"check":"is \"ok\""}}}
            {"metric":"vus","type":"Point","data":{"time":"2026-08-01T10:00:02Z","value":5,"tags":{}}}
            {"metric":"vus","type":"Point","data":{"time":"2026-08-01T10:00:02Z","value":5,"tags":{"a":]}}}
            {"metric":"http_reqs","type":"Point","data":{"time":"2026-08-01T12:00:05+02:00","value":1,"tags":{"error_code":"1050","method":"GET","name":"late","status":"0"},"metadata":{"vu":"1"}}}
            {"metric":"http_req_duration","type":"Point","data":{"time":"2026-08-01T12:00:05+02:00","value":0,"tags":{"error_code":"1050","method":"GET","name":"late","status":"0"},"metadata":{"vu":"1"}}}
            {"metric":"http_req_failed","type":"Point","data":{"time":"2026-08-01T12:00:05+02:00","value":1,"tags":{"error_code":"1050","method":"GET","name":"late","status":"0"},"metadata":{"vu":"1"}}}
            {"metric":"http_reqs","type":"Point","data":{"time":"2026-08-01T12:00:
            """#,
        log: #"""
            {"ts":1785578401249.5,"metric":"http.latency_ms","value":250.5,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/a","scenario":"default","status":"200"},"ok":true}
            {"ts":1785578401000,"metric":"wait_ms","value":1000,"unit":"ms","run":"t-1"}
            {"ts":1785578402000,"metric":"vus","value":5,"run":"t-1"}
            {"ts":1785578405000,"metric":"http.latency_ms","value":0,"unit":"ms","run":"t-1","labels":{"error_code":"1050","method":"GET","route":"late","status":"0"},"ok":false}
            {"ts":1785578401000,"metric":"http_req_waiting","count":1,"sum":12.5,"min":12.5,"max":12.5,"errors":0,"duration_ms":1000,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/a","scenario":"default","status":"200"},"hist":[[131400,1]]}
            {"ts":1785578402000,"metric":"checks","count":1,"sum":1,"min":1,"max":1,"errors":0,"duration_ms":1000,"run":"t-1","labels":{"check":"is \"ok\""},"hist":[[130944,1]]}
            {"ts":1785578401000,"event":"run_started","run":"t-1","target":"http://localhost:3000/a?x=1","params":{"generator":"k6","import_format":"k6 NDJSON","import_measured":"http.latency_ms, wait_ms, vus (samples); http_req_waiting, checks (counts that can be merged)","import_reported":"total_requests, successful_requests, failed_requests, error_rate","import_lacks":"whether requests were due at fixed times (the executor)","import_left_out":"tags url, proto, tls_version, error and those with a value of its own each","import_time":"in the file","latency":"uncorrected","import_lost":"2 places; the first is line 10, offset 1737: JSON syntax"},"environment":{}}
            {"ts":1785578405000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":2,"successful_requests":1,"failed_requests":1,"error_rate":50}}
            """#)

    private static let k6OldLines = ImportFixture(
        name: "k6 NDJSON of 2017", format: "k6 NDJSON",
        text: #"""
            {"type":"Metric","data":{"type":"gauge","contains":"default","tainted":null,"thresholds":[],"submetrics":null},"metric":"vus"}
            {"type":"Point","data":{"time":"2017-05-09T14:34:45.625742514+02:00","value":5,"tags":null},"metric":"vus"}
            {"type":"Point","data":{"time":"2017-05-09T14:34:45.239531499+02:00","value":459.865729,"tags":{"group":"::my group::json","method":"GET","status":"404","url":"http://localhost:3000/tools"}},"metric":"http_req_duration"}
            """#,
        log: #"""
            {"ts":1494333285625.7424,"metric":"vus","value":5,"run":"t-1"}
            {"ts":1494333284779.6658,"metric":"http.latency_ms","value":459.865729,"unit":"ms","run":"t-1","labels":{"group":"::my group::json","method":"GET","status":"404"},"ok":false}
            {"ts":1494333284779.6658,"event":"run_started","run":"t-1","target":"http://localhost:3000/tools","params":{"generator":"k6","import_format":"k6 NDJSON","import_measured":"vus (samples), http.latency_ms (samples)","import_lacks":"whether requests were due at fixed times (the executor)","import_left_out":"tags url, proto, tls_version, error and those with a value of its own each","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1494333285625.7424,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let k6Table = ImportFixture(
        name: "k6 CSV in three kinds of time", format: "k6 CSV",
        text: [
            "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,",
            "method,name,scenario,status,url,extra_tags,metadata\n",
            "http_reqs,1785578401,1.000000,,,,true,,GET,http://localhost/a,default,200,",
            "http://localhost/a,team=a&tier=1,vu=1\n",
            "http_req_duration,1785578401,221.899000,,,,true,,GET,http://localhost/a,default,200,",
            "http://localhost/a,team=a&tier=1,vu=1\n",
            "http_req_duration,1785578402500000000,10.000000,,,,false,,GET,http://localhost/b,",
            "default,500,http://localhost/b,,\n",
            "http_req_failed,2026-08-01T10:00:03Z,1.000000,,,,false,,GET,http://localhost/b,",
            "default,500,http://localhost/b,,\n",
            "size,1785578403,42.000000,,\"dial\nrefused\",,,,,,,,,,\n",
            "vus,1785578404,1.0\n",
        ].joined(),
        log: #"""
            {"ts":1785578400778.101,"metric":"http.latency_ms","value":221.899,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/a","scenario":"default","status":"200","team":"a","tier":"1"},"ok":true}
            {"ts":1785578402490,"metric":"http.latency_ms","value":10,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/b","scenario":"default","status":"500"},"ok":false}
            {"ts":1785578403000,"metric":"size","value":42,"run":"t-1"}
            {"ts":1785578400778.101,"event":"run_started","run":"t-1","target":"http://localhost/","params":{"generator":"k6","import_format":"k6 CSV","import_measured":"http.latency_ms (samples), size (samples)","import_reported":"total_requests, successful_requests, failed_requests, error_rate","import_lacks":"what metrics of the script are (type and unit); fractions of a second in times, by default; whether requests were due at fixed times (the executor)","import_left_out":"tags url, proto, tls_version, error and those with a value of its own each","import_time":"in the file","latency":"uncorrected","import_lost":"line 8, offset 646: a row of 3 cells, not 15"},"environment":{}}
            {"ts":1785578403000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":1,"successful_requests":0,"failed_requests":1,"error_rate":100}}
            """#)

    private static let k6Legacy = ImportFixture(
        name: "k6 --summary-export", format: "k6 summary (--summary-export)",
        text: #"""
            {"root_group":{"path":"","id":"d4","groups":{},"checks":{},"name":""},"setup_data":{"token":"secret"},
            "metrics":{"http_req_duration":{"avg":12.5,"min":1,"med":10,"max":88,"p(90)":20,"p(99.9)":80,"thresholds":{"p(90)<10":true,"avg<50":false}},
            "http_req_duration{expected_response:true}":{"avg":12},
            "http_reqs":{"count":1500,"rate":50},"http_req_failed":{"passes":3,"fails":1497,"value":0.002},
            "checks":{"passes":10,"fails":1,"value":0.9},"data_sent":{"count":9000,"rate":300},
            "iteration_duration":{"avg":100,"p(95)":200},"size":{"avg":5,"max":9},
            "vus":{"value":10,"min":1,"max":10}}}
            """#,
        log: #"""
            {"ts":1795442370000,"event":"run_started","run":"t-1","params":{"generator":"k6","broken_threshold_http_req_duration":"p(90)<10","import_format":"k6 summary (--summary-export)","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, p50_ms, max_ms, p90_ms, p999_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, checks_passed, checks_failed, sent_bytes, iteration_duration_avg_ms, iteration_duration_p95_ms, size_avg, size_max, vus","import_lacks":"single requests; the start of the test; the URL","import_left_out":"metrics of a part of the requests, {…}","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":12.5,"min_ms":1,"p50_ms":10,"max_ms":88,"p90_ms":20,"p999_ms":80,"total_requests":1500,"successful_requests":1497,"failed_requests":3,"error_rate":0.2,"attempted":50,"rps":49.9,"duration_s":30,"checks_passed":10,"checks_failed":1,"sent_bytes":9000,"iteration_duration_avg_ms":100,"iteration_duration_p95_ms":200,"size_avg":5,"size_max":9,"vus":10}}
            """#)

    private static let k6HandleSummary = ImportFixture(
        name: "k6 handleSummary", format: "k6 summary (handleSummary)",
        text: #"""
            {"options":{},"state":{"testRunDurationMs":30000},
            "metrics":{"http_req_duration":{"type":"trend","contains":"time","values":{"avg":12.5,"p(95)":20},"thresholds":{"p(95)<10":{"ok":false}}},
            "http_reqs":{"type":"counter","contains":"default","values":{"count":1500,"rate":50}},
            "http_req_failed":{"type":"rate","contains":"default","values":{"rate":0,"passes":0,"fails":1500}}}}
            """#,
        log: #"""
            {"ts":1795442370000,"event":"run_started","run":"t-1","params":{"generator":"k6","broken_threshold_http_req_duration":"p(95)<10","import_format":"k6 summary (handleSummary)","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, p95_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s","import_lacks":"single requests; the start of the test; the URL","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":12.5,"p95_ms":20,"total_requests":1500,"successful_requests":1500,"failed_requests":0,"error_rate":0,"attempted":50,"rps":50,"duration_s":30}}
            """#)

    private static let k6Machine = ImportFixture(
        name: "k6 machine-readable summary", format: "k6 summary (machine-readable)",
        text: #"""
            {"version":"1.0.0","config":{"duration":30,"execution":"local","script":"const password = 'secret'"},
            "metadata":{"generatedAt":"2026-08-01T10:00:31Z","k6Version":"2.3.0"},
            "results":{"checks":{"metrics":[{"name":"checks","type":"rate","contains":"default","values":{"matches":9,"total":10,"rate":0.9}}]},
            "metrics":[{"name":"http_reqs","type":"counter","contains":"default","values":{"count":1500}},
            {"name":"http_req_failed","type":"rate","contains":"default","values":{"matches":3,"total":1500,"rate":0.002}},
            {"name":"http_req_duration","type":"trend","contains":"time","values":{"avg":12.1,"min":1.2,"med":9.8,"max":88,"p(95)":31}}]}}
            """#,
        log: #"""
            {"ts":1785578401000,"event":"run_started","run":"t-1","params":{"generator":"k6","generator_version":"2.3.0","import_format":"k6 summary (machine-readable)","import_measured":"nothing: all numbers are the tool's own","import_reported":"avg_latency_ms, min_ms, p50_ms, max_ms, p95_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, checks_passed, checks_failed","import_lacks":"single requests; the URL; percentiles other than those of k6","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1785578431000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":12.1,"min_ms":1.2,"p50_ms":9.8,"max_ms":88,"p95_ms":31,"total_requests":1500,"successful_requests":1497,"failed_requests":3,"error_rate":0.2,"attempted":50,"rps":49.9,"duration_s":30,"checks_passed":9,"checks_failed":1}}
            """#)
}
