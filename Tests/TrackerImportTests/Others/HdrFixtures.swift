extension ImportFixture {
    static let hdr: [ImportFixture] = [
        hdrLog,
        hdrV1,
        hdrV0,
        hgrm,
        hdrMilliseconds,
        hgrmPython,
        hgrmCut,
    ]

    private static let hdrLog = ImportFixture(
        name: "HdrHistogram log of V2 with tags", format: "HdrHistogram log",
        text: #"""
            #[Logged with a test 1.0]
            #[Histogram log format version 1.2]
            #[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 08:24:39 PDT 2015]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
            0.127,1.007,40.108,HISTFAAAACl4nJNpmSzMwMDAyQABTFCakYGB2c1gxwIGGP+5NNtRJpa/7EwAc\#
            +8F/g==\#u{20}
            Tag=A,1441812216.500,0.500,40.108,HISTFAAAACl4nJNpmSzMwMDAyQABTFCakYGB2c1gxwIGGP\#
            +5NNtRJpa/7EwAc+8F/g==
            2.000,1.000,0.000,HISTFAAAABx4nJNpmSzMgABMUJqRgYHZzWDHApg4IwBFmQMc

            """#,
        log: #"""
            {"ts":1441812279601,"metric":"latency_ms","count":6,"sum":47.978496,"min":0.999424,"max":40.108031,"errors":0,"duration_ms":1006.9999999999999,"unit":"ms","run":"t-1","hist":[[130944,3],[131103,2],[131615,1]]}
            {"ts":1441812216500,"metric":"latency_ms","count":6,"sum":47.978496,"min":0.999424,"max":40.108031,"errors":0,"duration_ms":500,"unit":"ms","run":"t-1","labels":{"tag":"A"},"hist":[[130944,3],[131103,2],[131615,1]]}
            {"ts":1441812216500,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","logged_with":"a test 1.0","tags":"A","import_format":"HdrHistogram log","import_measured":"latency_ms (counts that can be merged)","import_lacks":"single requests; errors; what was measured, and its unit; the unit of its values: nanoseconds, as the scale of its maxima suggests","import_left_out":"intervals without a value: 1","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1441812280608,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let hdrV1 = ImportFixture(
        name: "HdrHistogram log of V1 without a header", format: "HdrHistogram log",
        text: #"""
            0.500,1.000,40.108,HISTIgAAAEp4nJNpmazIwCBsxAABTFCakYGB2c1gxwIG+w8Mo2AUjIJRMApGw\#
            SgYBaNgFIyCUTAKhiNgHmgHDBPARFjJKBgFo2CYAkYAA90Eow==

            """#,
        log: #"""
            {"ts":1795442400500,"metric":"latency_ms","count":6,"sum":47.978496,"min":0.999424,"max":40.108031,"errors":0,"duration_ms":1000,"unit":"ms","run":"t-1","hist":[[130944,3],[131103,2],[131615,1]]}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","import_format":"HdrHistogram log","import_measured":"latency_ms (counts that can be merged)","import_lacks":"single requests; errors; what was measured, and its unit; the unit of its values: nanoseconds, as the scale of its maxima suggests","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442401500,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let hdrV0 = ImportFixture(
        name: "HdrHistogram log of V0", format: "HdrHistogram log",
        text: #"""
            #[Histogram log format version 1.01]
            #[BaseTime: 1438869961.225 (seconds since epoch)]
            "StartTimestamp","EndTimestamp","Interval_Max","Interval_Compressed_Histogram"
            0.116,1.005,40.108,HISTSQAAAEp4nO3OMQ2AMABE0WuboAIRqGgQhgMMIAN5DDCwMULIe9tPbrhxW\#
            eckNaeStD7t25UZAgAAAAAAAHxZe/sA3NTnCQDwM+UAijUDXA==

            """#,
        log: #"""
            {"ts":1438869961340.9998,"metric":"latency_ms","count":6,"sum":47.978496,"min":0.999424,"max":40.108031,"errors":0,"duration_ms":1004.9999999999999,"unit":"ms","run":"t-1","hist":[[130944,3],[131103,2],[131615,1]]}
            {"ts":1438869961340.9998,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","import_format":"HdrHistogram log","import_measured":"latency_ms (counts that can be merged)","import_lacks":"single requests; errors; what was measured, and its unit; the unit of its values: nanoseconds, as the scale of its maxima suggests","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1438869962345.9998,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let hgrm = ImportFixture(
        name: "HdrHistogram percentiles", format: "HdrHistogram percentiles",
        text: #"""
                   Value     Percentile TotalCount 1/(1-Percentile)

                   0.921 0.000000000000          1           1.00
                   6.671 0.500000000000         50           2.00
                   9.000 0.900000000000         90          10.00
                  12.495 0.990000000000         99         100.00
                  12.503 1.000000000000        100
            #[Mean    =        6.602, StdDeviation   =        1.919]
            #[Max     =       12.496, Total count    =          100]
            #[Buckets =           27, SubBuckets     =         2048]

            """#,
        log: #"""
            {"ts":1795442400000,"metric":"latency_ms","count":100,"sum":660.2,"min":0.921,"max":12.503,"errors":0,"unit":"ms","run":"t-1","hist":[[130923,1],[131285,49],[131344,40],[131399,9],[131400,1]]}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","import_format":"HdrHistogram percentiles","import_measured":"latency_ms (counts that can be merged)","import_reported":"avg_latency_ms, max_ms, total_requests, p50_ms, p90_ms, p99_ms, stdev_ms","import_lacks":"single requests; the start and length of the test; what was tested; errors; the unit of its values: milliseconds, as its writers usually scale them; values between its ranks: each counts as the rank above it","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":6.602,"max_ms":12.496,"total_requests":100,"p50_ms":6.671,"p90_ms":9,"p99_ms":12.495,"stdev_ms":1.919}}
            """#)

    private static let hdrMilliseconds = ImportFixture(
        name: "HdrHistogram log of milliseconds", format: "HdrHistogram log",
        text: #"""
            #[Histogram log format version 1.2]
            1700000000000.000000,1000.000000,40.108,HISTFAAAACl4nJNpmSzMwMDAyQABTFCakYGB2c1g\#
            xwIGGP+5NNtRJpa/7EwAc+8F/g==

            """#,
        log: #"""
            {"ts":1700000000000,"metric":"latency_ms","count":6,"sum":47.978496,"min":0.999424,"max":40.108031,"errors":0,"duration_ms":1000,"unit":"ms","run":"t-1","hist":[[130944,3],[131103,2],[131615,1]]}
            {"ts":1700000000000,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","import_format":"HdrHistogram log","import_measured":"latency_ms (counts that can be merged)","import_lacks":"single requests; errors; what was measured, and its unit; the unit of its values: nanoseconds, as the scale of its maxima suggests","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1700000001000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let hgrmPython = ImportFixture(
        name: "HdrHistogram percentiles of the Python library", format: "HdrHistogram percentiles",
        text: #"""
                   Value     Percentile TotalCount 1/(1-Percentile)

                   0.157 0.000000000000          1           1.00
                  62.063 1.000000000000       1000
            #[Mean    =        5.245, StdDeviation   =  6394652.860]
            #[Max     =       62.063, TotalCount     =     1000.000]
            #[Buckets =           32, SubBuckets     =         2048]

            """#,
        log: #"""
            {"ts":1795442400000,"metric":"latency_ms","count":1000,"sum":5245,"min":0.157,"max":62.063,"errors":0,"unit":"ms","run":"t-1","hist":[[130592,1],[131704,999]]}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","import_format":"HdrHistogram percentiles","import_measured":"latency_ms (counts that can be merged)","import_reported":"avg_latency_ms, max_ms, total_requests","import_lacks":"single requests; the start and length of the test; what was tested; errors; the unit of its values: milliseconds, as its writers usually scale them; values between its ranks: each counts as the rank above it","import_left_out":"a standard deviation that is larger than the maximum","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"avg_latency_ms":5.245,"max_ms":62.063,"total_requests":1000}}
            """#)

    private static let hgrmCut = ImportFixture(
        name: "HdrHistogram percentiles with commas, cut", format: "HdrHistogram percentiles",
        text: #"""
            "Value","Percentile","TotalCount","1/(1-Percentile)"
            0.5,0.000000000000,1,1.00
            1.5,0.500000000000,4,2.00
            1.5,0.50

            """#,
        log: #"""
            {"ts":1795442400000,"metric":"latency_ms","count":4,"sum":5,"min":0.5,"max":1.5,"errors":0,"unit":"ms","run":"t-1","hist":[[130816,1],[131008,3]]}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"hdrhistogram","import_format":"HdrHistogram percentiles","import_measured":"latency_ms (counts that can be merged)","import_reported":"p50_ms","import_lacks":"single requests; the start and length of the test; what was tested; errors; the unit of its values: milliseconds, as its writers usually scale them; values between its ranks: each counts as the rank above it","import_time":"when the file was written: the file has none","latency":"not said by the file","import_lost":"2 places; the first is line 4, offset 105: not a rising row of value, rank and count"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"p50_ms":1.5}}
            """#)
}
