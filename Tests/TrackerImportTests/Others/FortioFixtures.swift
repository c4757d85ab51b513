extension ImportFixture {
    static let fortio: [ImportFixture] = [
        fortioReport,
        nighthawk,
    ]

    private static let fortioReport = ImportFixture(
        name: "Fortio JSON", format: "Fortio JSON",
        text: #"""
            {"RunType":"HTTP","Labels":"a label","StartTime":"2022-03-19T15:34:23.279389-07:00","RequestedQPS":"40",
            "RequestedDuration":"100ms","ActualQPS":40,"ActualDuration":100000000,"NumThreads":2,"Version":"1.60.3",
            "DurationHistogram":{"Count":4,"Min":0.002,"Max":0.009,"Sum":0.018,"Avg":0.0045,"StdDev":0.0005,
            "Data":[{"Start":0.001,"End":0.004,"Percent":50,"Count":2},{"Start":0.007,"End":0.01,"Percent":100,"Count":2}],
            "Percentiles":[{"Percentile":50,"Value":0.004},{"Percentile":99.9,"Value":0.0089}]},
            "RetCodes":{"200":3,"-1":1},"Sizes":{"Count":4,"Sum":500},"URL":"http://localhost:8080","NumConnections":2,"AbortOn":0}
            """#,
        log: #"""
            {"ts":1647729263279.389,"metric":"http.latency_ms","count":4,"sum":18,"min":2,"max":9,"errors":1,"duration_ms":100,"unit":"ms","run":"t-1","hist":[[131103,1],[131167,1],[131311,1],[131335,1]]}
            {"ts":1647729263279.389,"event":"run_started","run":"t-1","test":"a label","target":"http://localhost:8080","params":{"generator":"fortio","generator_version":"1.60.3","run_type":"HTTP","requested_qps":"40","requested_duration":"100ms","threads":2,"connections":2,"import_format":"Fortio JSON","import_measured":"http.latency_ms (counts that can be merged)","import_reported":"duration_s, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes, avg_latency_ms, min_ms, max_ms, stdev_ms, p50_ms, p999_ms, received_bytes","import_lacks":"single requests; latencies finer than the bars of its histogram: within a bar they are spread evenly","import_left_out":"the histograms of sizes","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1647729263379.389,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":0.1,"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"attempted":40,"rps":30,"outcomes":{"200":3,"-1":1},"avg_latency_ms":4.5,"min_ms":2,"max_ms":9,"stdev_ms":0.5,"p50_ms":4,"p999_ms":8.9,"received_bytes":500}}
            """#)

    private static let nighthawk = ImportFixture(
        name: "Nighthawk", format: "Fortio JSON",
        text: #"""
            {"DurationHistogram":{"Data":[{"Start":0.055,"End":0.057,"Percent":50,"Count":"2"},
            {"Start":0.057,"End":0.057,"Percent":75,"Count":"0"},{"Start":0.06,"End":0.06,"Percent":100,"Count":"1"}],"Count":"3"},
            "RetCodes":{"200":"3","503":"1"},"Labels":"l","StartTime":"2019-10-16T00:30:12Z","RequestedQPS":1,"RequestedDuration":"5s",
            "ActualQPS":0.8,"ActualDuration":5,"NumThreads":1,"URL":"http://127.0.0.1:10000/"}
            """#,
        log: #"""
            {"ts":1571185812000,"metric":"http.latency_ms","count":3,"sum":172,"min":55,"max":60,"errors":1,"duration_ms":5000,"unit":"ms","run":"t-1","hist":[[131677,1],[131681,1],[131696,1]]}
            {"ts":1571185812000,"event":"run_started","run":"t-1","test":"l","target":"http://127.0.0.1:10000/","params":{"generator":"fortio","requested_qps":1,"requested_duration":"5s","threads":1,"written_by":"Nighthawk","import_format":"Fortio JSON","import_measured":"http.latency_ms (counts that can be merged)","import_reported":"duration_s, total_requests, successful_requests, failed_requests, error_rate, attempted, rps, outcomes","import_lacks":"single requests; latencies finer than the bars of its histogram: within a bar they are spread evenly","import_left_out":"requests without a latency: 1","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1571185817000,"event":"run_finished","run":"t-1","state":"finished","summary":{"duration_s":5,"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"attempted":0.8,"rps":0.6000000000000001,"outcomes":{"200":3,"503":1}}}
            """#)
}
