extension ImportFixture {
    static let hey: [ImportFixture] = [heyTable, heyOldTable, heyReports]

    private static let heyTable = ImportFixture(
        name: "hey CSV", format: "hey CSV",
        text: "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,"
            + """
            status-code,offset
            0.0087,0.0047,0.0042,0.0001,0.0019,0.0001,200,0.0016
            0.0100,0.0000,0.0000,0.0001,0.0019,0.0001,503,1.0000
            """,
        log: #"""
            {"ts":1795442400001.6,"metric":"http.latency_ms","value":8.7,"unit":"ms","run":"t-1","labels":{"status":"200"},"ok":true}
            {"ts":1795442401000,"metric":"http.latency_ms","value":10,"unit":"ms","run":"t-1","labels":{"status":"503"},"ok":false}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"hey","import_format":"hey CSV","import_measured":"http.latency_ms (samples)","import_lacks":"requests without an answer; anything beyond the first 1,000,000 answers; the start of the test; the URL; sizes","import_left_out":"the parts of a response time (DNS, connect, write, delay, read)","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442401010,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let heyOldTable = ImportFixture(
        name: "hey CSV of six columns", format: "hey CSV",
        text: """
            response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read
            0.0250,0.0047,0.0042,0.0001,0.0019,0.0001

            """,
        log: #"""
            {"ts":1795442400000,"metric":"http.latency_ms","value":25,"unit":"ms","run":"t-1"}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"hey","import_format":"hey CSV","import_measured":"http.latency_ms (samples)","import_lacks":"requests without an answer; anything beyond the first 1,000,000 answers; the start of the test; the URL; sizes; when each request was sent","import_left_out":"the parts of a response time (DNS, connect, write, delay, read)","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let heyReports = ImportFixture(
        name: "hey text, twice with prompts", format: "hey text",
        text: """
            $ hey -n 4 http://localhost:8080/a

            Summary:
              Total:\t2.0000 secs
              Slowest:\t0.5000 secs
              Fastest:\t0.0100 secs
              Average:\t0.1250 secs
              Requests/sec:\t2.0000

            Latency distribution:
              0% in 0.0000 secs
              50% in 0.1000 secs
              99% in 0.5000 secs

            Status code distribution:
              [200]\t2 responses
              [500]\t1 responses

            Error distribution:
              [1]\tGet "http://localhost:8080/a": EOF

            $ hey -n 1 http://localhost:8080/b
            Summary:
              Total:\t1.0000 secs
              Slowest:\t0.0100 secs
              Fastest:\t0.0100 secs
              Average:\t0.0100 secs
              Requests/sec:\t1.0000

            Status code distribution:
              [200]\t1 responses
            """,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","target":"http://localhost:8080/a","params":{"generator":"hey","import_format":"hey text","import_measured":"nothing: all numbers are the tool's own","import_reported":"max_ms, min_ms, avg_latency_ms, p50_ms, p99_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, outcomes","import_lacks":"single requests; the start of the test; percentiles beyond 99; histogram and percentiles of more than the first 1,000,000 answers","import_left_out":"the histogram of 11 bars; DNS, connect, write and read times","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"max_ms":500,"min_ms":10,"avg_latency_ms":125,"p50_ms":100,"p99_ms":500,"total_requests":4,"successful_requests":2,"failed_requests":2,"error_rate":50,"attempted":2,"rps":1,"duration_s":2,"outcomes":{"200":2,"500":1,"Get \"http://localhost:8080/a\": EOF":1}}}
            {"ts":1795442399000,"event":"run_started","run":"t-2","target":"http://localhost:8080/b","params":{"generator":"hey","import_format":"hey text","import_measured":"nothing: all numbers are the tool's own","import_reported":"max_ms, min_ms, avg_latency_ms, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, duration_s, outcomes","import_lacks":"single requests; the start of the test; percentiles beyond 99; histogram and percentiles of more than the first 1,000,000 answers","import_left_out":"the histogram of 11 bars; DNS, connect, write and read times","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"max_ms":10,"min_ms":10,"avg_latency_ms":10,"total_requests":1,"successful_requests":1,"failed_requests":0,"error_rate":0,"attempted":1,"rps":1,"duration_s":1,"outcomes":{"200":1}}}
            """#)
}
