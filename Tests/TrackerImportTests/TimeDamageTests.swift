import Testing
import TrackerImport
import TrackerLog

/// Rows whose time is missing, 0, below 0, in another unit or of a year that no test is in: the
/// latency counts, and the loss report says it.
struct DamagedTime: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    /// Of each sample, in order: its value and its time.
    var samples: [(Double, Double)]
    /// In the loss report; `nil` where nothing is lacking.
    var says: String?

    var testDescription: String { name }

    private static let anchor = Imported.anchor.milliseconds
    private static let jmeterXML = "<testResults version=\"1.2\">\n"

    static let all = [
        DamagedTime(
            name: "JMeter XML, all without a time",
            text: jmeterXML + "<httpSample t=\"10\" ts=\"0\" s=\"true\" lb=\"a\"/>\n"
                + "<httpSample t=\"11\" s=\"false\" lb=\"a\"/>\n</testResults>\n",
            samples: [(10, anchor), (11, anchor)],
            says: "2 values (missing, or of no test, the fir"
                + "st at line 2, offset 28)"),
        DamagedTime(
            name: "JMeter XML, the first and the last",
            text: jmeterXML + "<httpSample t=\"10\" ts=\"0\" s=\"true\" lb=\"a\"/>\n"
                + "<httpSample t=\"9\" ts=\"1393227741256\" s=\"true\" lb=\"a\"/>\n"
                + "<httpSample t=\"11\" ts=\"-1\" s=\"true\" lb=\"a\"/>\n</testResults>\n",
            samples: [(10, 1_393_227_741_256), (9, 1_393_227_741_256), (11, 1_393_227_741_256)],
            says: "2 values"),
        DamagedTime(
            name: "JMeter CSV with a zero, an empty cell and the year 2286",
            text: "timeStamp,elapsed,label,threadName,success\n0,3,a,t 1,true\n"
                + "1393227741256,4,a,t 1,true\n,5,a,t 1,false\n9999999999999,6,a,t 1,true\n",
            samples: [3, 5, 4, 6].map { ($0, 1_393_227_741_256) }, says: "3 values"),
        DamagedTime(
            name: "JMeter CSV that was told to write no times",
            text: "elapsed,label,responseCode,responseMessage,threadName,dataType,success\n"
                + "354,a,200,OK,t 1-1,text,true\n",
            samples: [(354, anchor)], says: "line 2, offset 71"),
        DamagedTime(
            name: "vegeta JSON with Go's zero",
            text: #"{"attack":"","seq":0,"code":200,"timestamp":"0001-01-01T00:00:00Z","latency":"#
                + #"2000000,"bytes_out":0,"bytes_in":1,"error":"","body":null,"method":"GET","#
                + #""url":"http://a/","headers":{}}"# + "\n",
            samples: [(2, anchor)], says: "line 1, offset 0"),
        DamagedTime(
            name: "vegeta CSV with a zero in the first row",
            text: "0,200,2000000,0,17,,,50qps,0,GET,http://a/,\n"
                + "1714564800123456789,200,3000000,0,17,,,50qps,1,GET,http://a/,\n",
            samples: [(2, 1_714_564_800_123.4568), (3, 1_714_564_800_123.4568)],
            says: "line 1, offset 0"),
        DamagedTime(
            name: "h2load with a zero in the first row",
            text: "0\t200\t5000\n"
                + "1714564800123000\t200\t6000\n",
            samples: [(5, 1_714_564_800_123), (6, 1_714_564_800_123)], says: "line 1, offset 0"),
        DamagedTime(
            name: "k6 CSV with zeros",
            text: "metric_name,timestamp,metric_value,status\n"
                + "http_req_duration,0,12.5,200\nhttp_req_waiting,0,1.5,200\n",
            samples: [(12.5, anchor)], says: "2 values"),
        DamagedTime(
            name: "Locust in milliseconds, and without a time",
            text: "timestamp,request_type,name,response_time_ms,response_length,status_code,"
                + "exception\n1714564800123,GET,/a,6,10,200,\n,GET,/a,7,10,200,\n",
            samples: [(6, 1_714_564_800_123), (7, 1_714_564_800_123)], says: "1 values"),
        DamagedTime(
            name: "Locust with times since the start of the test",
            text: "timestamp,request_type,name,response_time_ms,response_length,status_code,"
                + "exception\n2.5,GET,/a,6,10,200,\n3.5,GET,/a,7,10,200,\n",
            samples: [(6, anchor + 2_500), (7, anchor + 3_500)]),
        DamagedTime(
            name: "ab with a zero",
            text: "starttime\tseconds\tctime\tdtime\tttime\twait\nThu Jan 01\t0\t1\t2\t3\t1\n"
                + "x\t1714564800\t1\t2\t4\t1\n",
            samples: [(3, 1_714_564_800_000), (4, 1_714_564_800_000)], says: "line 2, offset 41"),
        DamagedTime(
            name: "Gatling whose run began at 0",
            text: "RUN\tS\ts\t0000000000000\t \t3.9\n"
                + "REQUEST\t\ta\t1714564800123\t1714564800125\tOK\t \n",
            samples: [(2, 1_714_564_800_123)], says: "the start: the file says 1970-01-01"),
    ]
}

@Suite("Import: times that are none")
struct TimeDamageTests {
    @Test(arguments: DamagedTime.all)
    func row(_ row: DamagedTime) throws {
        let imported = Imported(row.text)
        #expect(imported.error == nil)
        #expect(imported.losses.count == 0, "\(imported.losses.text ?? "")")
        #expect(imported.samples.map(\.value) == row.samples.map(\.0))
        for (sample, time) in zip(imported.samples, row.samples.map(\.1)) {
            #expect(abs(sample.timestamp.milliseconds - time) < 0.001)
        }
        let lacks = imported.param("import_lacks") ?? ""
        if let says = row.says { #expect(lacks.contains(says), "\(lacks)") }
        let run = try #require(imported.started.first)
        let isAnchor = abs(row.samples[0].1 - Imported.anchor.milliseconds) < 1e4
        let time = imported.param("import_time") ?? ""
        #expect(time.contains("the file has none") == isAnchor, "\(time)")
        #expect(abs(run.timestamp.milliseconds - row.samples[0].1) < 1e4)
        #expect(Imported(Array(row.text.utf8), pieces: [3]).lines == imported.lines)
    }

    @Test("a time that is no time at all is a damaged row")
    func damaged() {
        let imported = Imported(
            "timeStamp,elapsed,label,success\n1767225600000,5,a,true\nx1,6,a,true\n")
        #expect(imported.samples.map(\.value) == [5])
        #expect(imported.losses.text?.hasPrefix("line 3, offset 55") == true)
    }

    @Test("a file of zeros is read within the memory for 10,000 rows")
    func many() {
        let rows = String(repeating: "0,5,a,true\n", count: ImportLimits.maxUntimedSamples + 5)
        let imported = Imported(
            "timeStamp,elapsed,label,success\n" + rows + "1767225600000,6,a,true")
        #expect(imported.samples.count == ImportLimits.maxUntimedSamples + 6)
        #expect(imported.samples[0].timestamp == Imported.anchor)
        #expect(imported.samples.last?.timestamp.milliseconds == 1_767_225_600_000)
    }
}
