extension ImportFixture {
    static let siege: [ImportFixture] = [
        siegeLog, siegeCSV, siegeVerbose, siegeJSON, siegeDocument,
    ]

    private static let siegeLog = ImportFixture(
        name: "siege log, a mark and a run without an answer", format: "siege log",
        text: "      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,"
            + """
              Throughput,  Concurrent,    OKAY,   Failed
            2026-01-01 00:10:00,     30,      10.00,           0,       0.63,        3.00,        \
            0.00,        4.95,      30,      10
            **** nightly ****
            2026-01-01 00:20:00,      0,       5.50,           0,        inf,        0.00,        \
            0.00,       14.52,       7,       8
            2026-01-01 00:30:00,      0

            """,
        log: #"""
            {"ts":1767226190000,"event":"run_started","run":"t-1","params":{"generator":"siege","load_model":"closed","import_format":"siege log","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, rps, avg_latency_ms, duration_s, concurrency","import_lacks":"single requests; the URL; percentiles; errors by kind; times below ten milliseconds: siege writes 0.00","import_left_out":"data and throughput: whole megabytes","import_time":"in the file, without a zone: UTC assumed","latency":"uncorrected"},"environment":{}}
            {"ts":1767226200000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":40,"successful_requests":30,"failed_requests":10,"error_rate":25,"rps":3,"avg_latency_ms":630,"duration_s":10,"concurrency":4.95}}
            {"ts":1767226794500,"event":"run_started","run":"t-2","test":"nightly","params":{"generator":"siege","load_model":"closed","import_format":"siege log","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, duration_s, concurrency","import_lacks":"single requests; the URL; percentiles; errors by kind; times below ten milliseconds: siege writes 0.00","import_left_out":"data and throughput: whole megabytes","import_time":"in the file, without a zone: UTC assumed","latency":"uncorrected"},"environment":{}}
            {"ts":1767226800000,"event":"run_finished","run":"t-2","state":"finished","summary":{"total_requests":8,"successful_requests":0,"failed_requests":8,"error_rate":100,"duration_s":5.5,"concurrency":14.52}}
            """#)

    private static let siegeCSV = ImportFixture(
        name: "siege verbose with commas and colours", format: "siege text",
        text: """
            \u{1B}[0;34m   4,HTTP/1.1,200,  0.36,   3372,/a?x=1,0,2026-01-01 00:00:10\u{1B}[0m
            \u{1B}[0;31m[Thu, 2026-01-01 00:00:11] HTTP/1.1,500,  0.25,\
                  5,/b,0,2026-01-01 00:00:11\u{1B}[0m

            """,
        log: #"""
            {"ts":1767225609640,"metric":"http.latency_ms","value":360,"unit":"ms","run":"t-1","labels":{"route":"/a","status":"200"},"ok":true}
            {"ts":1767225610750,"metric":"http.latency_ms","value":250,"unit":"ms","run":"t-1","labels":{"route":"/b","status":"500"},"ok":false}
            {"ts":1767225609640,"event":"run_started","run":"t-1","params":{"generator":"siege","import_format":"siege text","import_measured":"http.latency_ms (samples)","import_lacks":"percentiles of the report; fractions of ten milliseconds; the URL","import_time":"in the file, without a zone: UTC assumed","latency":"uncorrected"},"environment":{}}
            {"ts":1767225611000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let siegeVerbose = ImportFixture(
        name: "siege verbose and report, twice", format: "siege text",
        text: """
            ** SIEGE 4.0.7
            The server is now under siege...
            \u{1B}[0;34mHTTP/1.1 200     0.25 secs:       5 bytes ==> GET  /a\u{1B}[0m
            HTTP/1.1 404     0.50 secs:       5 bytes ==> POST http://localhost/b

            Transactions:\t\t           1 hits
            Availability:\t\t       50.00 %
            Elapsed time:\t\t        0.75 secs
            Data transferred:\t        0.25 MB
            Response time:\t\t        0.25 secs
            Transaction rate:\t        1.33 trans/sec
            Throughput:\t\t        0.33 MB/sec
            Concurrency:\t\t        0.50
            Successful transactions:           1
            Failed transactions:\t           1
            Longest transaction:\t        0.50
            Shortest transaction:\t        0.00

            Transactions:\t\t           3 hits
            Elapsed time:\t\t        2.00 secs
            Response time:\t\t       12.50 ms
            Failed transactions:\t           0
            Longest transaction:\t       20.25 ms

            """,
        log: #"""
            {"ts":1795442400000,"metric":"http.latency_ms","value":250,"unit":"ms","run":"t-1","labels":{"route":"/a","method":"GET","status":"200"},"ok":true}
            {"ts":1795442400000,"metric":"http.latency_ms","value":500,"unit":"ms","run":"t-1","labels":{"route":"/b","method":"POST","status":"404"},"ok":false}
            {"ts":1795442400000,"event":"run_started","run":"t-1","target":"http://localhost/b","params":{"generator":"siege","load_model":"closed","import_format":"siege text","import_measured":"http.latency_ms (samples)","import_reported":"total_requests, successful_requests, failed_requests, error_rate, rps, avg_latency_ms, max_ms, duration_s, received_bytes, concurrency","import_lacks":"percentiles of the report; fractions of ten milliseconds; when each request was sent","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400750,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":2,"successful_requests":1,"failed_requests":1,"error_rate":50,"rps":1.33,"avg_latency_ms":250,"max_ms":500,"duration_s":0.75,"received_bytes":262144,"concurrency":0.5}}
            {"ts":1795442398000,"event":"run_started","run":"t-2","params":{"generator":"siege","load_model":"closed","import_format":"siege text","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, avg_latency_ms, max_ms, duration_s","import_lacks":"percentiles of the report; fractions of ten milliseconds; the URL; single requests","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"total_requests":3,"successful_requests":3,"failed_requests":0,"error_rate":0,"avg_latency_ms":12.5,"max_ms":20.25,"duration_s":2}}
            """#)

    private static let siegeJSON = ImportFixture(
        name: "siege JSON with notes around", format: "siege text",
        text: """
            {\t"transactions":\t\t\t          10,
            \t"availability":\t\t\t       66.67,
            \t"elapsed_time":\t\t\t        0.50,
            \t"data_transferred":\t\t        0.00,
            \t"response_time":\t\t\t        0.01,
            \t"transaction_rate":\t\t\t       20.00,
            \t"throughput":\t\t\t        0.00,
            \t"concurrency":\t\t\t        3.00,
            \t"successful_transactions":\t          10,
            \t"failed_transactions":\t\t           5,
            \t"longest_transaction":\t\t        0.02,
            \t"shortest_transaction":\t\t        0.00
            }
            LOG FILE: siege.log

            """,
        log: #"""
            {"ts":1795442399500,"event":"run_started","run":"t-1","params":{"generator":"siege","load_model":"closed","import_format":"siege text","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, rps, avg_latency_ms, max_ms, duration_s, concurrency","import_lacks":"percentiles of the report; fractions of ten milliseconds; the URL; single requests","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":15,"successful_requests":10,"failed_requests":5,"error_rate":33.333333333333336,"rps":20,"avg_latency_ms":10,"max_ms":20,"duration_s":0.5,"concurrency":3}}
            """#)

    private static let siegeDocument = ImportFixture(
        name: "siege JSON in one line", format: "siege JSON",
        text: """
            {"transactions":10,"availability":66.67,"elapsed_time":0.5,"data_transferred":0.5,
            "response_time":0.25,"transaction_rate":20,"throughput":0,"concurrency":3,
            "successful_transactions":10,"failed_transactions":5,"longest_transaction":0.5,
            "shortest_transaction":0.125}
            """,
        log: #"""
            {"ts":1795442399500,"event":"run_started","run":"t-1","params":{"generator":"siege","load_model":"closed","import_format":"siege JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, rps, avg_latency_ms, max_ms, min_ms, duration_s, received_bytes, concurrency","import_lacks":"single requests; the start of the test; the URL; percentiles; errors by kind; times below ten milliseconds: siege writes 0.00","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":15,"successful_requests":10,"failed_requests":5,"error_rate":33.333333333333336,"rps":20,"avg_latency_ms":250,"max_ms":500,"min_ms":125,"duration_s":0.5,"received_bytes":524288,"concurrency":3}}
            """#)
}
