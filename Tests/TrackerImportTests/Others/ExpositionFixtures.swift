extension ImportFixture {
    static let expositions: [ImportFixture] = [
        prometheus,
        otlpLines,
        otlpDocument,
        otlpTraces,
        otlpMisfit,
    ]

    private static let prometheus = ImportFixture(
        name: "Prometheus text", format: "Prometheus text",
        text: #"""
            # HELP http_request_duration_seconds A histogram.
            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{route="/a",le="0.5"} 2
            http_request_duration_seconds_bucket{route="/a",le="1"} 3
            http_request_duration_seconds_bucket{route="/a",le="+Inf"} 4 # {trace_id="x"} 3.5
            http_request_duration_seconds_sum{route="/a"} 5.5
            http_request_duration_seconds_count{route="/a"} 4
            # TYPE broken histogram
            broken_bucket{le="1"} 5
            broken_bucket{le="+Inf"} 3
            broken_count 3
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200",path="C:\\D \"x\"",} 1027 1395066363000
            # TYPE go_info gauge
            go_info{version=""} 1
            temperature NaN
            rpc_duration_seconds{quantile="0.99"} 1.7e-3
            not a line

            """#,
        log: #"""
            {"ts":1795442400000,"metric":"http_request_duration_seconds","count":4,"sum":5.5,"min":0,"max":1,"errors":0,"unit":"s","run":"t-1","labels":{"route":"/a"},"hist":[[130559,1],[130751,1],[130879,1],[130944,1]]}
            {"ts":1395066363000,"metric":"http_requests_total","value":1027,"run":"t-1","labels":{"method":"post","code":"200","path":"C:\\D \"x\""}}
            {"ts":1795442400000,"metric":"go_info","value":1,"run":"t-1"}
            {"ts":1795442400000,"metric":"rpc_duration_seconds","value":0.0017,"unit":"s","run":"t-1","labels":{"quantile":"0.99"}}
            {"ts":1395066363000,"event":"run_started","run":"t-1","test":"metrics","params":{"generator":"prometheus","import_format":"Prometheus text","import_measured":"http_requests_total, go_info, rpc_duration_seconds (samples); http_request_duration_seconds (counts that can be merged)","import_lacks":"single requests; how counters and histograms grew: they count since the program began; the time of some values: they have that of the file","import_left_out":"values that are NaN or infinite: 1; help texts and exemplars","import_time":"in the file","latency":"not said by the file","import_lost":"2 places; the first is line 9, offset 421: the buckets of broken do not rise: they are not cumulative"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let otlpLines = ImportFixture(
        name: "OTLP JSON lines", format: "OTLP JSON lines",
        text: #"""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"anvil"}}]},"scopeMetrics":[{"metrics":[{"name":"http.server.request.duration","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"1544712660000000000","timeUnixNano":"1544712670000000000","count":"2","sum":0.25,"bucketCounts":["1","1","0"],"explicitBounds":[0.1,0.2],"attributes":[{"key":"status","value":{"intValue":"200"}}]}]}},{"name":"requests","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"5","startTimeUnixNano":"1544712660000000000","timeUnixNano":"1544712670000000000"}]}}]}]}]}
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"anvil"}}]},"scopeMetrics":[{"metrics":[{"name":"http.server.request.duration","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"1544712660000000000","timeUnixNano":"1544712680000000000","count":"5","sum":1.0,"bucketCounts":["1","3","1"],"explicitBounds":[0.1,0.2],"attributes":[{"key":"status","value":{"intValue":"200"}}]}]}},{"name":"requests","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"7","startTimeUnixNano":"1544712660000000000","timeUnixNano":"1544712680000000000"}]}},{"name":"g","unit":"By","gauge":{"dataPoints":[{"asDouble":2.5,"timeUnixNano":"1544712680000000000"},{"asDouble":1,"timeUnixNano":"1544712680000000000","flags":1}]}}]}]}]}
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"anvil"}}]},"scopeMetrics":[{"metrics":[{"name":"requests","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"7","startTimeUnixNano":"1544712660000000000","timeUnixNano":"1544712680000000000"}]}}]}]}]}
            {"resourceMetrics":[{"scopeM

            """#,
        log: #"""
            {"ts":1544712660000,"metric":"http.server.request.duration","count":2,"sum":0.25,"min":0,"max":0.2,"errors":0,"duration_ms":10000,"unit":"s","run":"t-1","labels":{"status":"200"},"hist":[[130380,1],[130585,1]]}
            {"ts":1544712670000,"metric":"requests","value":5,"run":"t-1"}
            {"ts":1544712670000,"metric":"http.server.request.duration","count":3,"sum":0.75,"min":0.1,"max":0.2,"errors":0,"duration_ms":10000,"unit":"s","run":"t-1","labels":{"status":"200"},"hist":[[130560,1],[130611,1],[130636,1]]}
            {"ts":1544712680000,"metric":"requests","value":2,"run":"t-1"}
            {"ts":1544712680000,"metric":"g","value":2.5,"unit":"B","run":"t-1"}
            {"ts":1544712660000,"event":"run_started","run":"t-1","test":"metrics","target":"anvil","params":{"generator":"opentelemetry","import_format":"OTLP JSON lines","import_measured":"http.server.request.duration (counts that can be merged), requests (samples), g (samples)","import_lacks":"single requests; values finer than the bars of a histogram: within a bar they are spread evenly","import_left_out":"points without a recorded value: 1; points that came twice, or after a later one: 1; descriptions, scopes and exemplars","import_time":"in the file","latency":"not said by the file","import_lost":"line 4, offset 1810: JSON syntax: cut or damaged"},"environment":{"service.name":"anvil"}}
            {"ts":1544712680000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let otlpDocument = ImportFixture(
        name: "OTLP JSON", format: "OTLP JSON",
        text: #"""
            {
            "resourceMetrics":[{"scopeMetrics":[{"metrics":[
            {"name":"e","unit":"ms","exponentialHistogram":{"aggregationTemporality":1,"data\#
            Points":[{"startTimeUnixNano":1544712660300000000,"timeUnixNano":154471266130000\#
            0000,"count":"4","sum":10,"scale":0,"zeroCount":"1","positive":{"offset":1,"buck\#
            etCounts":["0","2","1"]},"min":0,"max":9}]}},
            {"name":"s","summary":{"dataPoints":[{"timeUnixNano":"1544712660300000000","count":"2","sum":3,"quantileValues":[{"quantile":0.5,"value":1.5}]}]}}
            ]}]}]}
            """#,
        log: #"""
            {"ts":1544712660300,"metric":"e","count":4,"sum":10,"min":0,"max":9,"errors":0,"duration_ms":1000,"unit":"ms","run":"t-1","hist":[[0,1],[131231,1],[131295,1],[131335,1]]}
            {"ts":1544712660300,"metric":"s","value":1.5,"run":"t-1","labels":{"quantile":"0.5"}}
            {"ts":1544712660300,"event":"run_started","run":"t-1","test":"metrics","params":{"generator":"opentelemetry","import_format":"OTLP JSON","import_measured":"e (counts that can be merged), s (samples)","import_lacks":"single requests; values finer than the bars of a histogram: within a bar they are spread evenly","import_left_out":"descriptions, scopes and exemplars","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1544712661300,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let otlpTraces = ImportFixture(
        name: "OTLP JSON lines of traces, with one of logs", format: "OTLP JSON lines",
        text: #"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"x"},"spans":[{"traceId":"0af7","spanId":"01","name":"GET /a/7","kind":2,"startTimeUnixNano":"1544712660300000000","endTimeUnixNano":"1544712660325000000","attributes":[{"key":"http.route","value":{"stringValue":"/a/{id}"}},{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"http.response.status_code","value":{"intValue":"404"}}],"status":{}},{"traceId":"0af7","spanId":"02","name":"sort","kind":1,"startTimeUnixNano":"1544712660300000000","endTimeUnixNano":"1544712660301000000"}]}]}]}
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7","spanId":"03","name":"SELECT orders","kind":3,"startTimeUnixNano":"1544712660301000000","endTimeUnixNano":"1544712660306500000","attributes":[{"key":"db.system.name","value":{"stringValue":"pg"}}],"status":{"code":2}},{"traceId":"0af7","spanId":"01","name":"GET /a/7","kind":2,"startTimeUnixNano":"1544712660300000000","endTimeUnixNano":"1544712660325000000","attributes":[{"key":"http.route","value":{"stringValue":"/a/{id}"}},{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"http.response.status_code","value":{"intValue":"404"}}],"status":{}}]}]}]}
            {"resourceLogs":[]}

            """#,
        log: #"""
            {"ts":1544712660300,"metric":"server.latency_ms","value":25,"unit":"ms","run":"t-1","labels":{"service":"shop","route":"/a/{id}","method":"GET","status":"404"}}
            {"ts":1544712660301,"metric":"client.latency_ms","value":5.5,"unit":"ms","run":"t-1","labels":{"service":"shop","route":"SELECT orders","system":"pg"},"ok":false}
            {"ts":1544712660300,"event":"run_started","run":"t-1","test":"traces","target":"shop","params":{"generator":"opentelemetry","import_format":"OTLP JSON lines","import_measured":"server.latency_ms (samples), client.latency_ms (samples)","import_left_out":"spans within a program, or of messages: 1; spans that came twice: 1; events, links and other attributes of spans","import_time":"in the file","latency":"not said by the file","import_lost":"line 3, offset 1351: neither metrics nor spans (resourceMetrics, resourceSpans)"},"environment":{"service.name":"shop"}}
            {"ts":1544712660325,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let otlpMisfit = ImportFixture(
        name: "OTLP JSON lines, a value of another type", format: "OTLP JSON lines",
        text: #"""
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":"x"},{"name":"h","unit":"By","gauge":{"dataPoints":[{"asDouble":2.5,"timeUnixNano":"1544712680000000000"}]}}]}]}]}

            """#,
        log: #"""
            {"ts":1544712680000,"metric":"h","value":2.5,"unit":"B","run":"t-1"}
            {"ts":1544712680000,"event":"run_started","run":"t-1","test":"metrics","params":{"generator":"opentelemetry","import_format":"OTLP JSON lines","import_measured":"h (samples)","import_lacks":"single requests; values finer than the bars of a histogram: within a bar they are spread evenly","import_left_out":"points of a metric of an unknown kind: 1; descriptions, scopes and exemplars","import_time":"in the file","latency":"not said by the file","import_lost":"line 1, offset 0: resourceMetrics[0].scopeMetrics[0].metrics[0].gauge: must be an object"},"environment":{}}
            {"ts":1544712680000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)
}
