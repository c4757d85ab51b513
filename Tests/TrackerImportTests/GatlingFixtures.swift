extension ImportFixture {
    static let gatling: [ImportFixture] = [gatling20, gatling23, gatling32, gatling311]

    /// The kind stands third, and there are four times. Cells are shown with a bar.
    private static let gatling20 = ImportFixture(
        name: "Gatling log of 2.0", format: "Gatling log",
        text: """
            org.example.Sim|sim|RUN|1448309155000| |2.0
            Scen|7-0|USER|START|1448309155010|0
            Scen|7-0|REQUEST||Search|1448309155100|1448309155101|\
            1448309155400|1448309155404|OK|\u{20}
            Scen|7-0|REQUEST|shop,cart|Buy|1448309156000|1448309156001|\
            1448309156009|1448309156010|KO|OK
            Scen|7-0|USER|END|1448309155010|1448309156020
            """.replacing("|", with: "\t"),
        log: #"""
            {"ts":1448309155100,"metric":"http.latency_ms","value":304,"unit":"ms","run":"t-1","labels":{"route":"Search"},"ok":true}
            {"ts":1448309156000,"metric":"http.latency_ms","value":10,"unit":"ms","run":"t-1","labels":{"route":"Buy","group":"shop,cart","error":"OK"},"ok":false}
            {"ts":1448309155000,"event":"run_started","run":"t-1","test":"org.example.Sim","params":{"generator":"Gatling","generator_version":"2.0","users":1,"import_format":"Gatling log","import_measured":"http.latency_ms (samples)","import_lacks":"the URL; status codes; bytes","import_left_out":"assertions; when each user came and went","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1448309156010,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let gatling23 = ImportFixture(
        name: "Gatling log of 2.3, with two runs", format: "Gatling log",
        text: """
            RUN|org.example.Sim|sim|sim|1508309155000|first|2.0
            REQUEST|Scen|12||Search|1508309155100|1508309155404|OK|
            RUN|org.example.Sim|sim|sim|1508309255000| |2.0
            REQUEST|Scen|12|shop|Search|1508309255100|1508309255104|KO|status.find.is(204), 500
            GROUP|Scen|12|shop|1508309255100|1508309255204|4|KO
            REQUEST|Scen|12||Search|15083
            """.replacing("|", with: "\t"),
        log: #"""
            {"ts":1508309155100,"metric":"http.latency_ms","value":304,"unit":"ms","run":"t-1","labels":{"route":"Search"},"ok":true}
            {"ts":1508309155000,"event":"run_started","run":"t-1","test":"org.example.Sim","params":{"generator":"Gatling","generator_version":"2.0","description":"first","import_format":"Gatling log","import_measured":"http.latency_ms (samples)","import_lacks":"the URL; status codes; bytes","import_left_out":"assertions; when each user came and went","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1508309155404,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            {"ts":1508309255100,"metric":"http.latency_ms","value":4,"unit":"ms","run":"t-2","labels":{"route":"Search","group":"shop","error":"status.find.is(204), 500"},"ok":false}
            {"ts":1508309255100,"metric":"group.latency_ms","value":104,"unit":"ms","run":"t-2","labels":{"group":"shop"},"ok":false}
            {"ts":1508309255000,"event":"run_started","run":"t-2","test":"org.example.Sim","params":{"generator":"Gatling","generator_version":"2.0","import_format":"Gatling log","import_measured":"http.latency_ms (samples), group.latency_ms (samples)","import_lacks":"the URL; status codes; bytes","import_left_out":"assertions; when each user came and went","import_time":"in the file","latency":"uncorrected","import_lost":"line 6, offset 292: a request without two times and a result"},"environment":{}}
            {"ts":1508309255204,"event":"run_finished","run":"t-2","state":"finished","summary":{}}
            """#)

    private static let gatling32 = ImportFixture(
        name: "Gatling log of 3.2, empty names", format: "Gatling log",
        text: """
            RUN|org.example.Sim|sim|1567181198131| |3.2.1
            USER|Scen|1|START|1567181198480|1567181198480
            REQUEST|1||Export|1567181198538|1567181198797|OK|\u{20}
            REQUEST|||1567181199000|1567181199005|KO|j.n.ConnectException: refused
            USER|Scen|1|END|1567181198480|1567181236239

            """.replacing("|", with: "\t"),
        log: #"""
            {"ts":1567181198538,"metric":"http.latency_ms","value":259,"unit":"ms","run":"t-1","labels":{"route":"Export"},"ok":true}
            {"ts":1567181199000,"metric":"http.latency_ms","value":5,"unit":"ms","run":"t-1","labels":{"error":"j.n.ConnectException: refused"},"ok":false}
            {"ts":1567181198131,"event":"run_started","run":"t-1","test":"org.example.Sim","params":{"generator":"Gatling","generator_version":"3.2.1","users":1,"import_format":"Gatling log","import_measured":"http.latency_ms (samples)","import_lacks":"the URL; status codes; bytes","import_left_out":"assertions; when each user came and went","import_time":"in the file","latency":"uncorrected"},"environment":{}}
            {"ts":1567181199005,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)

    private static let gatling311 = ImportFixture(
        name: "Gatling log of 3.11, assertions first", format: "Gatling log",
        text: """
            ASSERTION|AAECAAIFAAAAAAAAAFlA
            RUN|org.example.Sim|sim|1611903780943|nightly|3.11.5
            USER|Scen|START|1611903781000
            REQUEST|shop,cart|Buy|1611903781377|1611903781828|OK|\u{20}
            GROUP|shop,cart|1611903781300|1611903781900|451|OK
            ERROR|No attribute named 'id' is defined |1611903781900
            ERROR|No attribute named 'id' is defined |1611903781901
            REQUEST||Late|1611903782000|1611903781000|OK|
            SOMETHING|else
            USER|Scen|END|1611903782000

            """.replacing("|", with: "\t"),
        log: #"""
            {"ts":1611903781377,"metric":"http.latency_ms","value":451,"unit":"ms","run":"t-1","labels":{"route":"Buy","group":"shop,cart"},"ok":true}
            {"ts":1611903781300,"metric":"group.latency_ms","value":600,"unit":"ms","run":"t-1","labels":{"group":"shop,cart"},"ok":true}
            {"ts":1611903780943,"event":"run_started","run":"t-1","test":"org.example.Sim","params":{"generator":"Gatling","generator_version":"3.11.5","description":"nightly","users":1,"import_format":"Gatling log","import_measured":"http.latency_ms (samples), group.latency_ms (samples)","import_reported":"tool_errors, errors","import_lacks":"the URL; status codes; bytes","import_left_out":"assertions; when each user came and went","import_time":"in the file","latency":"uncorrected","import_lost":"2 places; the first is line 8, offset 332: a request that ended before it began"},"environment":{}}
            {"ts":1611903781900,"event":"run_finished","run":"t-1","state":"finished","summary":{"tool_errors":2,"errors":[{"error":"No attribute named 'id' is defined","count":2}]}}
            """#)
}
