extension ImportFixture {
    /// What has objects in JSON as well, as rows.
    static let tables: [ImportFixture] = [
        hyperfineTable, hyperfineMarkdown, pytestTable, googleTable, ghzTable,
    ]

    private static let hyperfineTable = ImportFixture(
        name: "hyperfine CSV: a row without numbers, and a single execution",
        format: "hyperfine CSV",
        text: #"""
            command,mean,stddev,median,user,system,min,max,parameter_threads
            "sleep 0.1, then",0.15,0.05,0.15,0.0,0.001,0.1,0.2,4
            broken,,,,,,,,
            true,0.002,0,0.002,0.001,0.0005,0.002,0.002,

            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"hyperfine","target":"sleep 0.1, then","params":{"generator":"hyperfine","parameter_threads":"4","import_format":"hyperfine CSV","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, stdev_ms, median_ms, min_ms, max_ms, user_ms, system_ms","import_lacks":"when it was measured; the number of executions; the single times","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":150,"stdev_ms":50,"median_ms":150,"min_ms":100,"max_ms":200,"user_ms":0,"system_ms":1}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","test":"hyperfine","target":"true","params":{"generator":"hyperfine","import_format":"hyperfine CSV","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, median_ms, min_ms, max_ms, user_ms, system_ms","import_lacks":"when it was measured; the number of executions; the single times","import_time":"when the file was written: the file has none","latency":"not said by the file","import_lost":"line 3, offset 118: the row has 9 of 9 columns, or no mean"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":2,"median_ms":2,"min_ms":2,"max_ms":2,"user_ms":1,"system_ms":0.5}}
            """#)

    private static let hyperfineMarkdown = ImportFixture(
        name: "hyperfine's table in Markdown, behind a prompt", format: "hyperfine table",
        text: #"""
            $ hyperfine --export-markdown - 'sleep 0.1 | cat' true

            | Command            | Mean [ms] | Min [ms] | Max [ms] | Relative |
            |:---|---:|---:|---:|---:|
            | `sleep 0.1 \| cat` | 102.5 ± 0.5 | 101.5 | 103.0 | 41.00 ± 0.20 |
            | `true` | **2.5** | 2.0 | 3.0 | 1.00 |

            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"hyperfine","target":"sleep 0.1 | cat","params":{"generator":"hyperfine","import_format":"hyperfine table","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, stdev_ms, min_ms, max_ms","import_lacks":"when it was measured; the number of executions; digits that it rounds away","import_left_out":"how much slower each is than the fastest","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":102.5,"stdev_ms":0.5,"min_ms":101.5,"max_ms":103}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","test":"hyperfine","target":"true","params":{"generator":"hyperfine","import_format":"hyperfine table","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, min_ms, max_ms","import_lacks":"when it was measured; the number of executions; digits that it rounds away","import_left_out":"how much slower each is than the fastest","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":2.5,"min_ms":2,"max_ms":3}}
            """#)

    private static let pytestTable = ImportFixture(
        name: "pytest-benchmark CSV", format: "pytest-benchmark CSV",
        text: #"""
            name,param:n,min,max,mean,stddev,median,iqr,outliers,ops,rounds,iterations
            bench.py::test_a[3],3,0.5,2.0,1.0,0.25,0.75,0.5,1;2,1.0,100,10

            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"pytest-benchmark","target":"bench.py::test_a[3]","params":{"generator":"pytest-benchmark","parameter_n":"3","import_format":"pytest-benchmark CSV","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, stdev_ms, median_ms, min_ms, max_ms, iqr_ms, operations_per_second, rounds, iterations","import_lacks":"when each benchmark ran; the machine, the commit; the single times (--benchmark-save-data writes them)","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":1000,"stdev_ms":250,"median_ms":750,"min_ms":500,"max_ms":2000,"iqr_ms":500,"operations_per_second":1,"rounds":100,"iterations":10}}
            """#)

    private static let googleTable = ImportFixture(
        name: "Google Benchmark CSV, with what is printed before it",
        format: "Google Benchmark CSV",
        text: #"""
            2024-05-01T12:00:00+02:00
            Running ./bench
            Run on (8 X 2400 MHz CPU s)
            CPU Caches:
              L1 Data 32 KiB (x4)
            Load Average: 0.52, 0.58, 0.59
            name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,\#
            error_occurred,error_message,"Foo"
            "BM_Copy/8",1000,250.5,250,ns,,4e+06,,,,
            "BM_Fill<int, 2>",10,2,1,us,,,,,,1.5
            "BM_Fill<int, 2>",10,4,3,us,,,,,,1.5
            "BM_Fill<int, 2>_mean",2,3,2,us,,,,,,1.5
            "BM_Cut",10,4
            "BM_Bad",,,,,,,,true,"no file"

            """#,
        log: #"""
            {"ts":1714557600000,"event":"run_started","run":"t-1","test":"google-benchmark","target":"BM_Copy/8","params":{"generator":"google-benchmark","executable":"./bench","import_format":"Google Benchmark CSV","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, cpu_mean_ms, iterations, items_per_second","import_lacks":"single iterations; when each benchmark ran","import_time":"in the file","latency":"not said by the file","import_lost":"line 12, offset 411: no time, or no unit"},"environment":{}}
            {"ts":1714557600000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":0.00025049999999999996,"cpu_mean_ms":0.00025,"iterations":1000,"items_per_second":4000000}}
            {"ts":1714557600000,"metric":"time_ms","value":0.002,"unit":"ms","run":"t-2"}
            {"ts":1714557600000,"metric":"cpu_time_ms","value":0.001,"unit":"ms","run":"t-2"}
            {"ts":1714557600000,"metric":"time_ms","value":0.004,"unit":"ms","run":"t-2"}
            {"ts":1714557600000,"metric":"cpu_time_ms","value":0.003,"unit":"ms","run":"t-2"}
            {"ts":1714557600000,"event":"run_started","run":"t-2","test":"google-benchmark","target":"BM_Fill<int, 2>","params":{"generator":"google-benchmark","executable":"./bench","import_format":"Google Benchmark CSV","import_measured":"time_ms (samples), cpu_time_ms (samples)","import_reported":"mean_ms, cpu_mean_ms","import_lacks":"single iterations; when each benchmark ran; single times: each is the mean of one repetition","import_left_out":"counters of the program: Foo","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1714557600000,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":0.003,"cpu_mean_ms":0.002}}
            {"ts":1714557600000,"event":"run_started","run":"t-3","test":"google-benchmark","target":"BM_Bad","params":{"generator":"google-benchmark","executable":"./bench","import_format":"Google Benchmark CSV","import_measured":"nothing: all numbers are the tool's own","import_reported":"errors","import_lacks":"single iterations; when each benchmark ran","import_time":"in the file","latency":"not said by the file"},"environment":{}}
            {"ts":1714557600000,"event":"run_finished","run":"t-3","state":"failed","summary":{"errors":"no file"}}
            """#)

    private static let ghzTable = ImportFixture(
        name: "ghz CSV: an error of two lines", format: "ghz CSV",
        text: #"""

            duration (ms),status,error
            26.41,OK,
            0.30,Unavailable,rpc error: code = Unavailable desc = no, sorry
            that goes on

            """#,
        log: #"""
            {"ts":1795442400000,"metric":"grpc.latency_ms","value":26.41,"unit":"ms","run":"t-1","labels":{"status":"OK"},"ok":true}
            {"ts":1795442400000,"metric":"grpc.latency_ms","value":0.3,"unit":"ms","run":"t-1","labels":{"status":"Unavailable"},"ok":false}
            {"ts":1795442400000,"event":"run_started","run":"t-1","params":{"generator":"ghz","import_format":"ghz CSV","import_measured":"grpc.latency_ms (samples)","import_lacks":"when each call was sent; the start, the address; sizes","import_time":"when the file was written: the file has none","latency":"uncorrected","import_lost":"line 5, offset 102: no duration, or less than a row"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{}}
            """#)
}
