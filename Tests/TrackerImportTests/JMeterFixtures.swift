extension ImportFixture {
    static let jmeter: [ImportFixture] = [
        jmeterTable, jmeterNameless, jmeterNamelessText, jmeterTextTimes, jmeterXML, jmeterOldXML,
        jmeterAggregate,
        jmeterSummary, jmeterOldAggregate, jmeterStatistics,
    ]

    /// A transaction, a redirect and its parts, a label of two lines, a request without an answer,
    /// and the names again.
    private static let jmeterTable = ImportFixture(
        name: "JMeter CSV", format: "JMeter CSV",
        text: jmeterNames
            + """

            1767225600000,120,Login,200,OK,users 1-1,text,true,,9,1,1,1,http://localhost/a,60,0,5
            1767225600120,80,Home,302,Found,users 1-1,text,true,,9,1,1,1,http://localhost/b,40,0,0
            1767225600120,30,Home-0,302,Found,users 1-1,text,true,,1,5,1,1,http://localhost/b,30,0,0
            1767225600150,50,Home-1,200,OK,users 1-1,text,true,,8,5,1,1,http://localhost/b,20,0,0
            1767225600000,200,Both,200,"Number of samples in transaction : 2, number of failing"
            """.replacing("failing\"", with: "failing samples : 0\",")
                + """
                users 1-1,,true,,1800,200,1,1,null,0,0,5
                1767225601000,10,order-38,500,Oops,users 1-2,text,false,"Expected ""ok"",
                got nothing",90,10,1,2,http://localhost/c,9,0,0
                timeStamp,elapsed,label,success
                1767225602000,5,Down,false
                1767225603000,x,Down,false

                """,
        log: #"""
            {"ts":1767225600000,"metric":"http.latency_ms","value":120,"unit":"ms","run":"t-1","labels":{"route":"Login","status":"200"},"ok":true}
            {"ts":1767225600120,"metric":"http.latency_ms","value":80,"unit":"ms","run":"t-1","labels":{"route":"Home","status":"302"},"ok":true}
            {"ts":1767225600120,"metric":"http.part_latency_ms","value":30,"unit":"ms","run":"t-1","labels":{"route":"Home-0","status":"302"},"ok":true}
            {"ts":1767225600150,"metric":"http.part_latency_ms","value":50,"unit":"ms","run":"t-1","labels":{"route":"Home-1","status":"200"},"ok":true}
            {"ts":1767225602000,"metric":"http.latency_ms","value":5,"unit":"ms","run":"t-1","labels":{"route":"Down"},"ok":false}
            {"ts":1767225600000,"metric":"transaction.latency_ms","value":200,"unit":"ms","run":"t-1","labels":{"route":"Both","status":"200"},"ok":true}
            {"ts":1767225601000,"metric":"http.latency_ms","value":10,"unit":"ms","run":"t-1","labels":{"route":"order-38","status":"500"},"ok":false}
            {"ts":1767225600000,"event":"run_started","run":"t-1","target":"http://localhost/","params":{"generator":"JMeter","import_format":"JMeter CSV","import_measured":"http.latency_ms (samples), http.part_latency_ms (samples), transaction.latency_ms (samples)","import_lacks":"the number of users and the ramp that were asked for","import_left_out":"1 transactions from the latencies: they repeat their requests (metric transaction.latency_ms); 2 parts of requests from the latencies (redirects, embedded files); times to the first byte and to connect; bytes; failure messages","import_time":"in the file","latency":"uncorrected","import_lost":"line 11, offset 830: the time that it took is not a number"},"environment":{}}
            {"ts":1767225602005,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let jmeterNames =
        "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
        + "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect"

    private static let jmeterNameless = ImportFixture(
        name: "JMeter CSV without names, with bars", format: "JMeter CSV",
        text: """
            1767225600000|25|GET /a|200|OK|users 1-1|text|true|3478|16
            1767225600100|59|GET /b|Non HTTP response code: java.net.SocketTimeoutException|\
            Read timed out|users 1-1|text|false|0|0
            1767225600200|70|GET /
            """,
        log: #"""
            {"ts":1767225600000,"metric":"http.latency_ms","value":25,"unit":"ms","run":"t-1","labels":{"route":"GET /a","status":"200"},"ok":true}
            {"ts":1767225600100,"metric":"http.latency_ms","value":59,"unit":"ms","run":"t-1","labels":{"route":"GET /b","error":"java.net.SocketTimeoutException"},"ok":false}
            {"ts":1767225600000,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter CSV","import_measured":"http.latency_ms (samples)","import_lacks":"the number of users and the ramp that were asked for; the URL; column names: they were told by what is in the columns","import_left_out":"times to the first byte and to connect; bytes; failure messages","import_time":"in the file","latency":"uncorrected","import_lost":"line 3, offset 179: the row has 3 of 10 columns"},"environment":{}}
            {"ts":1767225600159,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let jmeterNamelessText = ImportFixture(
        name: "JMeter CSV without names, times as text", format: "JMeter CSV",
        text: """
            2026-01-01 00:00:01.250,25,GET /a,204,users 1-1,true,3478
            2026-01-01 00:00:02.500,30,GET /b,users 1-1,false,0

            """,
        log: #"""
            {"ts":1767225601250,"metric":"http.latency_ms","value":25,"unit":"ms","run":"t-1","labels":{"route":"GET /a","status":"204"},"ok":true}
            {"ts":1767225601250,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter CSV","import_measured":"http.latency_ms (samples)","import_lacks":"the number of users and the ramp that were asked for; the URL; column names: they were told by what is in the columns","import_left_out":"times to the first byte and to connect; bytes; failure messages","import_time":"in the file, without a zone: UTC assumed","latency":"uncorrected","import_lost":"line 2, offset 58: the row has 6 of 7 columns"},"environment":{}}
            {"ts":1767225601275,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let jmeterTextTimes = ImportFixture(
        name: "JMeter CSV with times as text, and tabs", format: "JMeter CSV",
        text: """
            elapsed\ttimeStamp\tlabel\tresponseCode\tsuccess
            1300\t2026/01/01 07:42:21.256\tGET /a\t501\tfalse
            20\t2026/01/01 07:42:22.000\tGET /b\t200\ttrue
            30\tyesterday\tGET /c\t200\ttrue

            """,
        log: #"""
            {"ts":1767253341256,"metric":"http.latency_ms","value":1300,"unit":"ms","run":"t-1","labels":{"route":"GET /a","status":"501"},"ok":false}
            {"ts":1767253342000,"metric":"http.latency_ms","value":20,"unit":"ms","run":"t-1","labels":{"route":"GET /b","status":"200"},"ok":true}
            {"ts":1767253341256,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter CSV","import_measured":"http.latency_ms (samples)","import_lacks":"the number of users and the ramp that were asked for; the URL","import_left_out":"times to the first byte and to connect; bytes; failure messages","import_time":"in the file, without a zone: UTC assumed","latency":"uncorrected","import_lost":"line 4, offset 134: the time is none that can be read"},"environment":{}}
            {"ts":1767253342556,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let jmeterXML = ImportFixture(
        name: "JMeter XML", format: "JMeter XML",
        text: """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- <httpSample t="1" ts="1767225600000"/> -->
            <testResults version="1.2">
            <httpSample t="80" lt="40" ts="1767225600120" s="true" lb="Home &amp; &quot;garden&quot;"
             rc="200" rm="OK" tn="users 1-1">
              <httpSample t="30" lt="30" ts="1767225600120" s="true" lb="Home-0" rc="302"/>
              <responseData class="java.lang.String"><![CDATA[<sample t="9" ts="1"> ]] > ]]></responseData>
              <java.net.URL>http://localhost/?a=1&gt;2</java.net.URL>
            </httpSample>

            <sample t='5' ts='1767225601000' s='false' lb='a>b' rc='500'/>
            <sample t="x" ts="1767225601000"/>
            <com.example.CustomResult t="7" ts="1767225602000" s="true" lb="own"/>
            </testResults>

            """,
        log: #"""
            {"ts":1767225600120,"metric":"http.latency_ms","value":80,"unit":"ms","run":"t-1","labels":{"route":"Home & \"garden\"","status":"200"},"ok":true}
            {"ts":1767225601000,"metric":"http.latency_ms","value":5,"unit":"ms","run":"t-1","labels":{"route":"a>b","status":"500"},"ok":false}
            {"ts":1767225602000,"metric":"http.latency_ms","value":7,"unit":"ms","run":"t-1","labels":{"route":"own"},"ok":true}
            {"ts":1767225600120,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter XML","import_measured":"http.latency_ms (samples)","import_lacks":"the number of users and the ramp that were asked for; the URL","import_left_out":"1 parts of requests from the latencies (redirects, embedded files); times to the first byte and to connect; bytes; failure messages","import_time":"in the file","latency":"uncorrected","import_lost":"line 12, offset 551: <sample> has no time that it took"},"environment":{}}
            {"ts":1767225602007,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let jmeterOldXML = ImportFixture(
        name: "JMeter XML of version 2.0, cut", format: "JMeter XML",
        text: """
            <?xml version="1.0" encoding="UTF-8"?>
            <testResults>
            <sampleResult timeStamp="1167225600000" threadName="a 1-1" label="Old" time="89" \
            responseMessage="OK" responseCode="200" success="true"/>
            <sampleResult timeStamp="11672256010
            """,
        log: #"""
            {"ts":1167225600000,"metric":"http.latency_ms","value":89,"unit":"ms","run":"t-1","labels":{"route":"Old","status":"200"},"ok":true}
            {"ts":1167225600000,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter XML","import_measured":"http.latency_ms (samples)","import_lacks":"the number of users and the ramp that were asked for; the URL","import_left_out":"times to the first byte and to connect; bytes; failure messages","import_time":"in the file","latency":"uncorrected","import_lost":"line 4, offset 227: the file ends before </testResults>"},"environment":{}}
            {"ts":1167225600089,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let jmeterAggregate = ImportFixture(
        name: "JMeter Aggregate Report in German", format: "JMeter table",
        text: """
            Name,# Proben,Mittel,Median,90% Linie,95% Linie,99% Linie,Min,Max,% Fehler,Rate,kB/s
            Start,400,28,14,21,22,279,0,372,"0,250%","40,5","21,7"
            Ende,600,30,15,25,29,310,2,400,"0,000%","60,5","11,7"
            Nie,0,0,0,0,0,0,9223372036854775807,-9223372036854775808,"0,000%",",0",",0"
            Gesamt,1000,29,15,24,27,299,0,400,"0,100%","100,5","33,4"

            """,
        log: #"""
            {"ts":1795442390049.7512,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter table","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, p50_ms, p90_ms, p95_ms, p99_ms, min_ms, max_ms, by_route","import_lacks":"single requests; the start of the test; the URL; errors by kind","import_left_out":"KB/s and sizes: they are rates and means, without a total","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":1000,"successful_requests":999,"failed_requests":1,"error_rate":0.1,"attempted":100.5,"rps":100.3995,"avg_latency_ms":29,"p50_ms":15,"p90_ms":24,"p95_ms":27,"p99_ms":299,"min_ms":0,"max_ms":400,"by_route":{"Start":{"total_requests":400,"successful_requests":399,"failed_requests":1,"error_rate":0.25,"attempted":40.5,"rps":40.39875,"avg_latency_ms":28,"p50_ms":14,"p90_ms":21,"p95_ms":22,"p99_ms":279,"min_ms":0,"max_ms":372},"Ende":{"total_requests":600,"successful_requests":600,"failed_requests":0,"error_rate":0,"attempted":60.5,"rps":60.5,"avg_latency_ms":30,"p50_ms":15,"p90_ms":25,"p95_ms":29,"p99_ms":310,"min_ms":2,"max_ms":400},"Nie":{"total_requests":0}}}}
            """#)

    private static let jmeterSummary = ImportFixture(
        name: "JMeter Summary Report", format: "JMeter table",
        text: """
            Label,# Samples,Average,Min,Max,Std. Dev.,Error %,Throughput,Received KB/sec,Sent KB/sec
            Home,3,12,7,20,5.35,33.333%,.85877,1.2,.1

            """,
        log: #"""
            {"ts":1795442396506.6316,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter table","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, min_ms, max_ms, stdev_ms, by_route","import_lacks":"single requests; the start of the test; the URL; errors by kind","import_left_out":"KB/s and sizes: they are rates and means, without a total","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":3,"successful_requests":2,"failed_requests":1,"error_rate":33.333333333333336,"attempted":0.85877,"rps":0.5725133333333333,"avg_latency_ms":12,"min_ms":7,"max_ms":20,"stdev_ms":5.35,"by_route":{"Home":{"total_requests":3,"successful_requests":2,"failed_requests":1,"error_rate":33.333333333333336,"attempted":0.85877,"rps":0.5725133333333333,"avg_latency_ms":12,"min_ms":7,"max_ms":20,"stdev_ms":5.35}}}}
            """#)

    private static let jmeterOldAggregate = ImportFixture(
        name: "JMeter aggregate with untranslated names", format: "JMeter table",
        text: """
            sampler_label,aggregate_report_count,average,aggregate_report_median,\
            aggregate_report_90%_line,aggregate_report_min,aggregate_report_max,\
            aggregate_report_error%,aggregate_report_rate,aggregate_report_bandwidth
            Home,200,12,11,18,7,20,0.005,30.0/min,1.2
            TOTAL,200,12,11,18,7,20,0.005,30.0/min,1.2

            """,
        log: #"""
            {"ts":1795442000000,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter table","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, p50_ms, p90_ms, min_ms, max_ms, by_route","import_lacks":"single requests; the start of the test; the URL; errors by kind","import_left_out":"KB/s and sizes: they are rates and means, without a total","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":200,"successful_requests":199,"failed_requests":1,"error_rate":0.5,"attempted":0.5,"rps":0.4975,"avg_latency_ms":12,"p50_ms":11,"p90_ms":18,"min_ms":7,"max_ms":20,"by_route":{"Home":{"total_requests":200,"successful_requests":199,"failed_requests":1,"error_rate":0.5,"attempted":0.5,"rps":0.4975,"avg_latency_ms":12,"p50_ms":11,"p90_ms":18,"min_ms":7,"max_ms":20}}}}
            """#)

    private static let jmeterStatistics = ImportFixture(
        name: "JMeter statistics.json", format: "JMeter statistics",
        text: """
            {"Home":{"transaction":"Home","sampleCount":8,"errorCount":2,"errorPct":25.0,
            "meanResTime":12.5,"medianResTime":11.0,"minResTime":7.0,"maxResTime":20.0,
            "pct1ResTime":18.0,"pct2ResTime":19.0,"pct3ResTime":20.0,"throughput":4.0,
            "receivedKBytesPerSec":1.5,"sentKBytesPerSec":0.5},
            "Total":{"transaction":"Total","sampleCount":8,"errorCount":2,"errorPct":25.0,
            "meanResTime":12.5,"medianResTime":11.0,"minResTime":7.0,"maxResTime":20.0,
            "pct1ResTime":18.0,"pct2ResTime":19.0,"pct3ResTime":20.0,"throughput":4.0,
            "receivedKBytesPerSec":1.5,"sentKBytesPerSec":0.5}}
            """,
        log: #"""
            {"ts":1795442398000,"event":"run_started","run":"t-1","params":{"generator":"JMeter","import_format":"JMeter statistics","import_measured":"nothing: all numbers are the tool's own","import_reported":"total_requests, successful_requests, failed_requests, error_rate, attempted, rps, avg_latency_ms, p50_ms, p90_ms, p95_ms, p99_ms, min_ms, max_ms, by_route","import_lacks":"single requests; the start of the test; the URL; errors by kind; which percentiles pct1, pct2 and pct3 are: 90, 95 and 99 unless configured","import_left_out":"KB/s: rates without a total","import_time":"when the file was written: the file has none","latency":"uncorrected"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"total_requests":8,"successful_requests":6,"failed_requests":2,"error_rate":25,"attempted":4,"rps":3,"avg_latency_ms":12.5,"p50_ms":11,"p90_ms":18,"p95_ms":19,"p99_ms":20,"min_ms":7,"max_ms":20,"by_route":{"Home":{"total_requests":8,"successful_requests":6,"failed_requests":2,"error_rate":25,"attempted":4,"rps":3,"avg_latency_ms":12.5,"p50_ms":11,"p90_ms":18,"p95_ms":19,"p99_ms":20,"min_ms":7,"max_ms":20}}}}
            """#)
}
