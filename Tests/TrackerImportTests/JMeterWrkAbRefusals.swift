extension Refusal {
    static let jmeterWrkAb = [
        Refusal(
            "a test plan of JMeter",
            "<?xml version=\"1.0\"?>\n<jmeterTestPlan version=\"1.2\">\n", says: "jmeter -n -t"),
        Refusal(
            "readings of PerfMon alone",
            "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n"
                + "1698846524638,93475,localhost Memory,,,,true\n", says: "PerfMon",
            "-l results.jtl"),
        Refusal(
            "rows of JMeter without names and without a result",
            "1393227741256,1425,GET /a,200,OK\n", says: "no column is true or false", "timeStamp"),
        Refusal(
            "a table of JMeter without a header",
            "Home,250,113,92,172,189,355,71,451,0.000%,25.12058,171.21,3.34\n",
            says: "Save Table Header"),
        Refusal(
            "a month that there is not",
            "timeStamp,elapsed,label,success\n2001/20/20 12:05:05.123,1425,a,true\n",
            says: "line 2", "offset 32", "no month 20", "timestamp_format=ms"),
        Refusal(
            "a day that may be a month",
            "timeStamp,elapsed,label,success\n11/10/2026 12:05:05,1425,a,true\n",
            says: "line 2", "offset 32", "cannot be told apart", "timestamp_format=ms"),
        Refusal(
            "XML with a document type",
            "<!DOCTYPE r [<!ENTITY a \"b\">]>\n<testResults version=\"1.2\">\n",
            says: "line 1", "offset 0", "document type"),
        Refusal("wrk without a number", "Running 2s test @ http://a/\n", says: "wrk … > FILE"),
        Refusal(
            "ab without a number", "This is ApacheBench, Version 2.3\nBenchmarking a\n",
            says: "ab … > FILE"),
        Refusal("a log of siege without a run", "  Date & Time,  Trans\n", says: "--log=FILE"),
        Refusal(
            "a binary log of Gatling without its run",
            [0, 0, 0, 0, 6] + Array("3.14.3".utf8) + [0, 0, 0, 0], says: ["Copy simulation.log"]),
    ]

    static let jmeterWrkLosses = [
        Refusal(
            "a row of JMeter that is cut",
            "timeStamp,elapsed,label,success\n1767225600000,5,a,true\n1767225600000,5\n",
            says: "line 3", "offset 55", "2 of 4 columns"),
        Refusal(
            "XML of JMeter that is cut",
            "<testResults version=\"1.2\">\n<httpSample t=\"5\" ts=\"1767225600000\" s=\"true\"/>\n",
            says: "line 3", "offset 76", "ends before </testResults>"),
        Refusal(
            "a report of wrk that is cut",
            "Running 2s test @ http://a/\n  20 requests in 2.00s, 1.50KB read\n",
            says: "line 2", "offset 28", "the report ends here"),
    ]

    /// All that is in the file is lost: then there is nothing to import.
    static let jmeterGatlingLocustLost = [
        Refusal(
            "a row for many requests",
            "timeStamp,elapsed,label,success,SampleCount\n1767225600000,5,a,true,9\n",
            says: "line 2", "9 requests together"),
        Refusal(
            "a request of Gatling without times",
            "RUN\ta\tb\t1611903780943\t \t3.4.0\nREQUEST\t\tGoogle\t16119\n",
            says: "line 2", "without two times"),
        Refusal(
            "a row of Locust that is cut",
            "Type,Name,Request Count,Average Response Time\nGET,/a,5\n",
            says: "line 2", "offset 46", "3 of 4 columns"),
    ]
}
