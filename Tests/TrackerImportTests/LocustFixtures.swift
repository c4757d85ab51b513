extension ImportFixture {
    static let locust: [ImportFixture] = [
        locustStats, locustOldStats, locustQuotedStats, locustDistribution, locustHistory,
        locustOldHistory, locustFailures, locustExceptions, locustRequests, locustJSON,
    ]

    private static let locustStats = ImportFixture(
        name: "Locust stats, an empty line after each row", format: "Locust stats",
        text: "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
            + "Min Response Time,Max Response Time,Average Content Size,"
                + """
                Requests/s,Failures/s,50%,99%,100%

                GET,/a,10,1,27,31.5,9.75,412.5,5234.0,5.0,0.5,27,390,410

                GET,/never,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A,N/A

                ,Aggregated,10,1,27,31.5,9.75,412.5,5234.0,5.0,0.5,27,390,410

                """,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust stats","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, p50_ms, p99_ms, p100_ms, min_ms, max_ms, avg_content_bytes, by_route","import_lacks":"single requests; the start of the test; the host; errors by kind; percentiles as measured: Locust rounds times to two digits before it counts them","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":10,"successful_requests":9,"failed_requests":1,"error_rate":10,"attempted":5,"rps":4.5,"avg_latency_ms":31.5,"p50_ms":27,"p99_ms":390,"p100_ms":410,"min_ms":9.75,"max_ms":412.5,"avg_content_bytes":5234,"by_route":{"GET /a":{"total_requests":10,"successful_requests":9,"failed_requests":1,"error_rate":10,"attempted":5,"rps":4.5,"avg_latency_ms":31.5,"p50_ms":27,"p99_ms":390,"p100_ms":410,"min_ms":9.75,"max_ms":412.5,"avg_content_bytes":5234},"GET /never":{"total_requests":0,"successful_requests":0,"failed_requests":0}}}}
            """#)

    private static let locustOldStats = ImportFixture(
        name: "Locust requests of 0.12, a comma in a name", format: "Locust stats",
        text: "\"Method\",\"Name\",\"# requests\",\"# failures\",\"Median response time\","
            + "\"Average response time\",\"Min response time\",\"Max response time\","
                + """
                "Average Content Size","Requests/s"
                "GET",/a,b,4,1,20,25,10,45,120,2.00
                "None","Total",4,1,20,25,10,45,120,2.00
                """,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust stats","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, p50_ms, min_ms, max_ms, avg_content_bytes, by_route","import_lacks":"single requests; the start of the test; the host; errors by kind; percentiles as measured: Locust rounds times to two digits before it counts them","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"attempted":2,"rps":1.5,"avg_latency_ms":25,"p50_ms":20,"min_ms":10,"max_ms":45,"avg_content_bytes":120,"by_route":{"GET /a,b":{"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"attempted":2,"rps":1.5,"avg_latency_ms":25,"p50_ms":20,"min_ms":10,"max_ms":45,"avg_content_bytes":120}}}}
            """#)

    private static let locustQuotedStats = ImportFixture(
        name: "Locust stats of 0.14, percentiles without a sign", format: "Locust stats",
        text: "\"Type\",\"Name\",\"# requests\",\"# failures\",\"Median response time\","
            + "\"Average response time\",\"Min response time\",\"Max response time\","
                + """
                "Average Content Size","Requests/s","Requests Failed/s","50%","99.9%","99.999","100%"
                "GET","/a",4,0,20,25.5,10.25,45,120,2.00,0.00,20,45,45,45
                "","Aggregated",4,0,20,25.5,10.25,45,120,2.00,0.00,20,45,45,45
                "PUT","/cut",4,0,20
                """,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust stats","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, p50_ms, p999_ms, p99999_ms, p100_ms, min_ms, max_ms, avg_content_bytes, by_route","import_lacks":"single requests; the start of the test; the host; errors by kind; percentiles as measured: Locust rounds times to two digits before it counts them","import_time":"when the file was written: the file has none","latency":"uncorrected","import_lost":"line 4, offset 334: the row has 5 of 15 columns, or no count"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":4,"successful_requests":4,"failed_requests":0,"error_rate":0,"attempted":2,"rps":2,"avg_latency_ms":25.5,"p50_ms":20,"p999_ms":45,"p99999_ms":45,"p100_ms":45,"min_ms":10.25,"max_ms":45,"avg_content_bytes":120,"by_route":{"GET /a":{"total_requests":4,"successful_requests":4,"failed_requests":0,"error_rate":0,"attempted":2,"rps":2,"avg_latency_ms":25.5,"p50_ms":20,"p999_ms":45,"p99999_ms":45,"p100_ms":45,"min_ms":10.25,"max_ms":45,"avg_content_bytes":120}}}}
            """#)

    private static let locustDistribution = ImportFixture(
        name: "Locust distribution of 0.8", format: "Locust distribution",
        text: """
            "Name","# requests","50%","66%","99%","100%"
            "GET /a",4,20,30,45,45
            "GET /never",0,"N/A","N/A","N/A","N/A"
            "None Total",4,20,30,45,45
            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust distribution","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, p50_ms, p66_ms, p99_ms, p100_ms, by_route","import_lacks":"single requests; the start of the test; the host; failures; the rate; the mean; percentiles as measured: Locust rounds times to two digits before it counts them","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":4,"p50_ms":20,"p66_ms":30,"p99_ms":45,"p100_ms":45,"by_route":{"GET /a":{"total_requests":4,"p50_ms":20,"p66_ms":30,"p99_ms":45,"p100_ms":45},"GET /never":{"total_requests":0}}}}
            """#)

    private static let locustHistory = ImportFixture(
        name: "Locust history, counts reset once", format: "Locust history",
        text: "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,100%,Total Request Count,"
            + "Total Failure Count,Total Median Response Time,Total Average Response Time,"
                + """
                Total Min Response Time,Total Max Response Time,Total Average Content Size
                1767225600,0,,Aggregated,0.0,0.0,N/A,N/A,0,0,0,0.0,0,0,0
                1767225601,2,GET,/a,4.0,0.0,20,45,8,1,20,25.5,10.25,45,120.0
                1767225601,2,,Aggregated,4.0,0.0,20,45,8,1,20,25.5,10.25,45,120.0
                1767225602,2,GET,/a,4.0,0.0,20,45,20,1,20,25.5,10.25,45,120.0
                1767225602,2,,Aggregated,4.0,0.0,20,45,20,1,20,25.5,10.25,45,120.0
                1767225604,4,,Aggregated,4.0,0.0,20,45,6,0,20,22.5,10.25,45,120.0
                1767225605,4,,Aggreg
                """,
        log: #"""
            {"ts":1767225600000,"metric":"users","value":0,"run":"t-1"}
            {"ts":1767225601000,"metric":"users","value":2,"run":"t-1"}
            {"ts":1767225600000,"metric":"requests_per_second","value":8,"unit":"/s","run":"t-1"}
            {"ts":1767225600000,"metric":"failures_per_second","value":1,"unit":"/s","run":"t-1"}
            {"ts":1767225601000,"metric":"requests_per_second","value":12,"unit":"/s","run":"t-1","labels":{"method":"GET","route":"/a"}}
            {"ts":1767225601000,"metric":"failures_per_second","value":0,"unit":"/s","run":"t-1","labels":{"method":"GET","route":"/a"}}
            {"ts":1767225602000,"metric":"users","value":2,"run":"t-1"}
            {"ts":1767225601000,"metric":"requests_per_second","value":12,"unit":"/s","run":"t-1"}
            {"ts":1767225601000,"metric":"failures_per_second","value":0,"unit":"/s","run":"t-1"}
            {"ts":1767225604000,"metric":"users","value":4,"run":"t-1"}
            {"ts":1767225602000,"metric":"requests_per_second","value":3,"unit":"/s","run":"t-1"}
            {"ts":1767225602000,"metric":"failures_per_second","value":0,"unit":"/s","run":"t-1"}
            {"ts":1767225600000,"event":"run_started","run":"t-1","params":{"generator":"Locust","users":4,"import_format":"Locust history","import_measured":"users (samples), requests_per_second (samples), failures_per_second (samples)","import_reported":"total_requests, successful_requests, failed_requests, error_rate, avg_latency_ms, p50_ms, min_ms, max_ms, avg_content_bytes","import_lacks":"single requests; the host; errors by kind; percentiles as measured: Locust rounds times to two digits before it counts them","import_left_out":"percentiles of each second: of ten seconds or of all so far, the file does not say; Requests/s and Failures/s: means of ten seconds, the counts tell more","import_time":"in the file","latency":"uncorrected","import_lost":"line 8, offset 611: the row has 4 of 15 columns, or no time or count"},"environment":{}}
            {"ts":1767225604000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":6,"successful_requests":6,"failed_requests":0,"error_rate":0,"avg_latency_ms":22.5,"p50_ms":20,"min_ms":10.25,"max_ms":45,"avg_content_bytes":120}}
            """#)

    private static let locustOldHistory = ImportFixture(
        name: "Locust history of 0.14", format: "Locust history",
        text: "\"Type\",\"Name\",\"Timestamp\",\"# requests\",\"# failures\",\"Requests/s\","
            + "\"Requests Failed/s\",\"Median response time\",\"Average response time\","
                + """
                "Min response time","Max response time","Average Content Size","50%","100%"
                "","Aggregated","1567225600",10,0,5.00,0.00,20,25,10,45,120,20,45
                "","Aggregated","1567225602",30,2,5.00,1.00,20,25,10,45,120,20,45
                """,
        log: #"""
            {"ts":1567225600000,"metric":"requests_per_second","value":10,"unit":"/s","run":"t-1"}
            {"ts":1567225600000,"metric":"failures_per_second","value":1,"unit":"/s","run":"t-1"}
            {"ts":1567225600000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust history","import_measured":"requests_per_second (samples), failures_per_second (samples)","import_reported":"total_requests, successful_requests, failed_requests, error_rate, avg_latency_ms, p50_ms, min_ms, max_ms, avg_content_bytes","import_lacks":"single requests; the host; errors by kind; percentiles as measured: Locust rounds times to two digits before it counts them","import_left_out":"percentiles of each second: of ten seconds or of all so far, the file does not say; Requests/s and Failures/s: means of ten seconds, the counts tell more","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1567225602000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":30,"successful_requests":28,"failed_requests":2,"error_rate":6.666666666666667,"avg_latency_ms":25,"p50_ms":20,"min_ms":10,"max_ms":45,"avg_content_bytes":120}}
            """#)

    private static let locustFailures = ImportFixture(
        name: "Locust failures", format: "Locust failures",
        text: """
            Method,Name,Error,Occurrences,First Seen,Last Seen
            GET,/a,"HTTPError('500, twice')",3,2026-01-01T00:00:00Z,2026-01-01T00:00:10Z
            PUT,/b,"a text
            of two lines",1,2026-01-01T00:00:05Z,2026-01-01T00:00:20Z

            """,
        log: #"""
            {"ts":1767225600000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust failures","import_measured":"nothing: all numbers are the tool's own","import_reported":"failed_requests, errors","import_lacks":"requests that did not fail; latencies; the host","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1767225620000,"event":"run_finished","run":"t-1","state":"finished","summary":{"failed_requests":4,"errors":[{"method":"GET","route":"/a","error":"HTTPError('500, twice')","count":3},{"method":"PUT","route":"/b","error":"a text\nof two lines","count":1}]}}
            """#)

    private static let locustExceptions = ImportFixture(
        name: "Locust exceptions", format: "Locust exceptions",
        text: """
            Count,Message,Traceback,Nodes
            2,'x',"  File ""a.py"", line 1
            KeyError: 'x'
            ",local

            """,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust exceptions","import_measured":"nothing: all numbers are the tool's own","import_reported":"exceptions, errors","import_lacks":"requests; latencies; the host; when they happened","import_left_out":"tracebacks and nodes: they tell of machines and paths","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"exceptions":2,"errors":[{"error":"'x'","count":2}]}}
            """#)

    private static let locustRequests = ImportFixture(
        name: "Locust request log", format: "Locust request log",
        text: """
            timestamp,request_type,name,response_time_ms,response_length,status_code,exception
            1767225600.250000,GET,/a,12.34,500,200,
            1767225601.500000,GET,/b,45.6,0,500,HTTPError('500 Server Error for url: /b?id=1')
            1767225602.000000,GET,/c,2000.0,0,0,"ConnectionRefusedError(111, 'refused')"
            1767225603.000000,GET,/c,x,0,0,
            """,
        log: #"""
            {"ts":1767225600250,"metric":"http.latency_ms","value":12.34,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/a","status":"200"},"ok":true}
            {"ts":1767225601500,"metric":"http.latency_ms","value":45.6,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/b","status":"500","error":"HTTPError"},"ok":false}
            {"ts":1767225602000,"metric":"http.latency_ms","value":2000,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/c","error":"ConnectionRefusedError"},"ok":false}
            {"ts":1767225600250,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust request log","import_measured":"http.latency_ms (samples)","import_lacks":"the host; users","import_left_out":"response lengths; all of an exception but its name","import_time":"in the file","latency":"uncorrected","import_lost":"line 5, offset 283: the response time is not a number"},"environment":{}}
            {"ts":1767225604000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let locustJSON = ImportFixture(
        name: "Locust JSON", format: "Locust JSON",
        text: """
            [{"name":"/a","method":"GET","last_request_timestamp":1767225604.5,
            "start_time":1767225600.5,"num_requests":4,"num_none_requests":1,"num_failures":1,
            "total_response_time":203.5,"max_response_time":152.5,"min_response_time":24.25,
            "total_content_length":400,"response_times":{"150":1,"27":2},
            "num_reqs_per_sec":{"1767225604":1,"1767225600":3},"num_fail_per_sec":{"1767225604":1}},
            {"name":"/never","method":"PUT","last_request_timestamp":null,"start_time":1767225600.5,
            "num_requests":0,"num_none_requests":0,"num_failures":0,"total_response_time":0,
            "max_response_time":0,"min_response_time":null,"total_content_length":0,
            "response_times":{},"num_reqs_per_sec":{},"num_fail_per_sec":{}}]
            """,
        log: #"""
            {"ts":1767225600500,"metric":"http.latency_ms","count":3,"sum":204,"min":27,"max":150,"errors":1,"duration_ms":4000,"unit":"ms","run":"t-1","labels":{"method":"GET","route":"/a"},"hist":[[131544,2],[131862,1]]}
            {"ts":1767225600000,"metric":"requests_per_second","value":3,"unit":"/s","run":"t-1","labels":{"method":"GET","route":"/a"}}
            {"ts":1767225604000,"metric":"requests_per_second","value":1,"unit":"/s","run":"t-1","labels":{"method":"GET","route":"/a"}}
            {"ts":1767225604000,"metric":"failures_per_second","value":1,"unit":"/s","run":"t-1","labels":{"method":"GET","route":"/a"}}
            {"ts":1767225600500,"event":"run_started","run":"t-1","params":{"generator":"Locust","import_format":"Locust JSON","import_measured":"http.latency_ms (counts that can be merged), requests_per_second (samples), failures_per_second (samples)","import_reported":"total_requests, successful_requests, failed_requests, error_rate, avg_latency_ms, min_ms, max_ms, duration_s, attempted, rps, by_route","import_lacks":"single requests; the host; errors by kind; when within the test each time was; times as measured: Locust rounds them to two digits before it counts them","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1767225604500,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"avg_latency_ms":67.83333333333333,"min_ms":24.25,"max_ms":152.5,"duration_s":4,"attempted":1,"rps":0.75,"by_route":{"GET /a":{"total_requests":4,"successful_requests":3,"failed_requests":1,"error_rate":25,"avg_latency_ms":67.83333333333333,"min_ms":24.25,"max_ms":152.5,"duration_s":4,"attempted":1,"rps":0.75},"PUT /never":{"total_requests":0,"successful_requests":0,"failed_requests":0}}}}
            """#)
}
