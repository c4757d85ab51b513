extension ImportFixture {
    static let benches: [ImportFixture] = [
        hyperfine,
        pytestBenchmark,
        googleBenchmark,
        criterionBencher,
        criterionText,
        criterionEstimates,
    ]

    private static let hyperfine = ImportFixture(
        name: "hyperfine JSON", format: "hyperfine JSON",
        text: #"""
            {"results":[{"command":"sleep 0.1","mean":0.15,"stddev":0.05,"median":0.15,"user":0.0,"system":0.001,"min":0.1,"max":0.2,
            "times":[0.1,0.2],"exit_codes":[0,null],"parameters":{"threads":"4"}},
            {"command":"true","mean":0.0,"stddev":null,"median":0.0,"user":0.0,"system":0.0,"min":0.0,"max":0.0,"times":[0.0]}]}
            """#,
        log: #"""
            {"ts":1795442400000,"metric":"time_ms","value":100,"unit":"ms","run":"t-1","ok":true}
            {"ts":1795442400100,"metric":"time_ms","value":200,"unit":"ms","run":"t-1","ok":false}
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"hyperfine","target":"sleep 0.1","params":{"generator":"hyperfine","parameter_threads":"4","import_format":"hyperfine JSON","import_measured":"time_ms (samples)","import_reported":"mean_ms, stdev_ms, median_ms, min_ms, max_ms, user_ms, system_ms","import_lacks":"when it was measured; the number of warm-up executions","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400300,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":150,"stdev_ms":50,"median_ms":150,"min_ms":100,"max_ms":200,"user_ms":0,"system_ms":1}}
            {"ts":1795442400300,"metric":"time_ms","value":0,"unit":"ms","run":"t-2"}
            {"ts":1795442400300,"event":"run_started","run":"t-2","test":"hyperfine","target":"true","params":{"generator":"hyperfine","import_format":"hyperfine JSON","import_measured":"time_ms (samples)","import_reported":"mean_ms, median_ms, min_ms, max_ms, user_ms, system_ms","import_lacks":"when it was measured; the number of warm-up executions; exit codes","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400300,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":0,"median_ms":0,"min_ms":0,"max_ms":0,"user_ms":0,"system_ms":0}}
            """#)

    private static let pytestBenchmark = ImportFixture(
        name: "pytest-benchmark JSON", format: "pytest-benchmark JSON",
        text: #"""
            {"machine_info":{"node":"host1","python_version":"3.7.5","cpu":{"brand":"A CPU"}},
            "commit_info":{"id":"b8e9e2af","dirty":true,"branch":null},
            "benchmarks":[{"group":null,"name":"test_a","fullname":"bench.py::test_a","params":{"n":3},
            "options":{"disable_gc":false,"timer":"perf_counter","min_rounds":5,"warmup":false},
            "stats":{"min":1.5e-7,"max":0.0000017,"mean":2e-7,"stddev":1e-8,"rounds":100,"median":1.8e-7,"ops":5000000,"total":0.00002,
            "data":[1.5e-7,0.0000017,"... more"],"iterations":100}},
            {"group":"slow","name":"test_b","fullname":"bench.py::test_b","stats":{"min":2.0,"mean":2.1,"rounds":5}}],
            "datetime":"2019-12-06T08:58:58.115974","version":"3.2.2"}
            """#,
        log: #"""
            {"ts":1575622738115.974,"metric":"time_ms","value":0.00015,"unit":"ms","run":"t-1"}
            {"ts":1575622738115.9744,"metric":"time_ms","value":0.0017000000000000001,"unit":"ms","run":"t-1"}
            {"ts":1575622738115.974,"event":"run_started","run":"t-1","test":"pytest-benchmark","target":"bench.py::test_a","commit":"b8e9e2af","params":{"generator":"pytest-benchmark","generator_version":"3.2.2","dirty":true,"parameter_n":3,"disable_gc":false,"timer":"perf_counter","min_rounds":5,"warmup":false,"import_format":"pytest-benchmark JSON","import_measured":"time_ms (samples)","import_reported":"mean_ms, stdev_ms, median_ms, min_ms, max_ms, operations_per_second, rounds, iterations","import_lacks":"when each benchmark ran; the times of 98 of its 100 rounds","import_time":"in the file, without a zone: UTC assumed","latency":"not said by the file"},"environment":{"node":"host1","python_version":"3.7.5","cpu":"A CPU"}}
            {"ts":1575622738115.9941,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":0.00019999999999999998,"stdev_ms":1e-05,"median_ms":0.00017999999999999998,"min_ms":0.00015,"max_ms":0.0017000000000000001,"operations_per_second":5000000,"rounds":100,"iterations":100}}
            {"ts":1575622738115.974,"event":"run_started","run":"t-2","test":"slow","target":"bench.py::test_b","commit":"b8e9e2af","params":{"generator":"pytest-benchmark","generator_version":"3.2.2","dirty":true,"import_format":"pytest-benchmark JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, min_ms, rounds","import_lacks":"when each benchmark ran; the single times (--benchmark-save-data writes them)","import_time":"in the file, without a zone: UTC assumed","latency":"not said by the file"},"environment":{"node":"host1","python_version":"3.7.5","cpu":"A CPU"}}
            {"ts":1575622738115.974,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":2100,"min_ms":2000,"rounds":5}}
            """#)

    private static let googleBenchmark = ImportFixture(
        name: "Google Benchmark JSON with repetitions", format: "Google Benchmark JSON",
        text: #"""
            {"context":{"date":"2019-11-29 21:26:59","host_name":"host1","num_cpus":4,"library_build_type":"release","load_avg":[1.5]},
            "benchmarks":[
            {"name":"one","run_name":"one","run_type":"iteration","repetitions":0,"threads":1,"iterations":1000,"real_time":250.5,"cpu_time":2.5e2,"time_unit":"ns","items_per_second":4.0e6},
            {"name":"two","run_name":"two","run_type":"iteration","repetitions":2,"repetition_index":0,"iterations":10,"real_time":2,"cpu_time":1,"time_unit":"us"},
            {"name":"two","run_name":"two","run_type":"iteration","repetitions":2,"repetition_index":1,"iterations":10,"real_time":4,"cpu_time":3,"time_unit":"us"},
            {"name":"two_mean","run_name":"two","run_type":"aggregate","aggregate_name":"mean","iterations":2,"real_time":3,"cpu_time":2,"time_unit":"us"},
            {"name":"two_cv","run_name":"two","run_type":"aggregate","aggregate_name":"cv","iterations":2,"real_time":0.4,"cpu_time":0.3,"time_unit":"us"},
            {"name":"old","iterations":3,"real_time":1,"cpu_time":1,"time_unit":"ms"},
            {"name":"old_stddev","iterations":3,"real_time":0.5,"cpu_time":1,"time_unit":"ms"},
            {"name":"bad","run_name":"bad","run_type":"iteration","error_occurred":true,"error_message":"no file","iterations":0,"real_time":0,"cpu_time":0,"time_unit":"ns"}]}
            """#,
        log: #"""
            {"ts":1575062819000,"event":"run_started","run":"t-1","test":"google-benchmark","target":"one","params":{"generator":"google-benchmark","library_build_type":"release","threads":1,"import_format":"Google Benchmark JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, cpu_mean_ms, iterations, items_per_second","import_lacks":"single iterations; when each benchmark ran","import_time":"in the file, without a zone: UTC assumed","latency":"not said by the file"},"environment":{"host_name":"host1","num_cpus":4}}
            {"ts":1575062819000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":0.00025049999999999996,"cpu_mean_ms":0.00025,"iterations":1000,"items_per_second":4000000}}
            {"ts":1575062819000,"metric":"time_ms","value":0.002,"unit":"ms","run":"t-2"}
            {"ts":1575062819000,"metric":"cpu_time_ms","value":0.001,"unit":"ms","run":"t-2"}
            {"ts":1575062819000,"metric":"time_ms","value":0.004,"unit":"ms","run":"t-2"}
            {"ts":1575062819000,"metric":"cpu_time_ms","value":0.003,"unit":"ms","run":"t-2"}
            {"ts":1575062819000,"event":"run_started","run":"t-2","test":"google-benchmark","target":"two","params":{"generator":"google-benchmark","library_build_type":"release","repetitions":2,"import_format":"Google Benchmark JSON","import_measured":"time_ms (samples), cpu_time_ms (samples)","import_reported":"mean_ms, cpu_mean_ms","import_lacks":"single iterations; when each benchmark ran; single times: each is the mean of one repetition","import_left_out":"cv","import_time":"in the file, without a zone: UTC assumed","latency":"not said by the file"},"environment":{"host_name":"host1","num_cpus":4}}
            {"ts":1575062819000,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":0.003,"cpu_mean_ms":0.002}}
            {"ts":1575062819000,"event":"run_started","run":"t-3","test":"google-benchmark","target":"old","params":{"generator":"google-benchmark","library_build_type":"release","import_format":"Google Benchmark JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"stdev_ms, mean_ms, cpu_mean_ms, iterations","import_lacks":"single iterations; when each benchmark ran","import_time":"in the file, without a zone: UTC assumed","latency":"not said by the file"},"environment":{"host_name":"host1","num_cpus":4}}
            {"ts":1575062819000,"event":"run_finished","run":"t-3","state":"finished","summary":{"stdev_ms":0.5,"mean_ms":1,"cpu_mean_ms":1,"iterations":3}}
            {"ts":1575062819000,"event":"run_started","run":"t-4","test":"google-benchmark","target":"bad","params":{"generator":"google-benchmark","library_build_type":"release","import_format":"Google Benchmark JSON","import_measured":"nothing: all numbers are the tool's own","import_reported":"errors","import_lacks":"single iterations; when each benchmark ran","import_time":"in the file, without a zone: UTC assumed","latency":"not said by the file"},"environment":{"host_name":"host1","num_cpus":4}}
            {"ts":1575062819000,"event":"run_finished","run":"t-4","state":"failed","summary":{"errors":"no file"}}
            """#)

    private static let criterionBencher = ImportFixture(
        name: "criterion text in the form of bencher", format: "criterion text",
        text: #"""
            Gnuplot not found, using plotters backend
            test Create Realm ... bench:         329 ns/iter (+/- 4)

            Warning: Unable to complete 100 samples in 5.0s.
            test Fibonacci (Execution) ... bench:   1,672,496 ns/iter (+/- 10,166)

            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"criterion","target":"Create Realm","params":{"generator":"criterion","import_format":"criterion text","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, spread_ms","import_lacks":"single times; when it was measured; the standard deviation","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":0.000329,"spread_ms":4e-06}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","test":"criterion","target":"Fibonacci (Execution)","params":{"generator":"criterion","import_format":"criterion text","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, spread_ms","import_lacks":"single times; when it was measured; the standard deviation","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":1.672496,"spread_ms":0.010166}}
            """#)

    private static let criterionText = ImportFixture(
        name: "criterion text", format: "criterion text",
        text: #"""
            Benchmarking fib 20
            Benchmarking fib 20: Warming up for 3.0000 s
            fib 20                  time:   [26.029 us 26.251 us 1.0265 ms]
                                    thrpt:  [38.1 Kelem/s 38.5 Kelem/s 38.9 Kelem/s]
                                    change: [-38.292% -37.342% -36.524%] (p = 0.00 < 0.05)
                                    thrpt:  [+57.5% +59.5% +62.0%]
                                    Performance has improved.
            Found 8 outliers among 100 measurements (8.00%)
              3 (3.00%) high mild

            a name so long that it stands on a line of its own
                                    time:   [950.00 ps 1.0000 ns 1.0500 ns]

            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"criterion","target":"fib 20","params":{"generator":"criterion","import_format":"criterion text","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, mean_low_ms, mean_high_ms, elements_per_second","import_lacks":"single times; when it was measured; the standard deviation","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":0.026251000000000003,"mean_low_ms":0.026029,"mean_high_ms":1.0265,"elements_per_second":38500}}
            {"ts":1795442400000,"event":"run_started","run":"t-2","test":"criterion","target":"a name so long that it stands on a line of its own","params":{"generator":"criterion","import_format":"criterion text","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, mean_low_ms, mean_high_ms","import_lacks":"single times; when it was measured; the standard deviation","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-2","state":"finished","summary":{"mean_ms":1e-06,"mean_low_ms":9.5e-07,"mean_high_ms":1.05e-06}}
            """#)

    private static let criterionEstimates = ImportFixture(
        name: "criterion estimates", format: "criterion estimates",
        text: #"""
            {"mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":250000.0,"upper_bound":750000.0},"point_estimate":500000.0,"standard_error":1.0},
            "median":{"point_estimate":400000.0},"slope":null,"std_dev":{"point_estimate":125000.0}}
            """#,
        log: #"""
            {"ts":1795442400000,"event":"run_started","run":"t-1","test":"criterion","params":{"generator":"criterion","import_format":"criterion estimates","import_measured":"nothing: all numbers are the tool's own","import_reported":"mean_ms, mean_low_ms, mean_high_ms, median_ms, stdev_ms","import_lacks":"single times; when it was measured; the name of the benchmark","import_time":"when the file was written: the file has none","latency":"not said by the file"},"environment":{}}
            {"ts":1795442400000,"event":"run_finished","run":"t-1","state":"finished","summary":{"mean_ms":0.5,"mean_low_ms":0.25,"mean_high_ms":0.75,"median_ms":0.4,"stdev_ms":0.125}}
            """#)
}
