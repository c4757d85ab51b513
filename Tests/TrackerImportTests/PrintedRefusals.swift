extension Refusal {
    /// What tools print for people, where they have a better file: the error names it.
    static let printed = [
        Refusal(
            "what k6 prints while it tests",
            "     execution: local\n     scenarios: (100.00%) 1 scenario\n"
                + String(repeating: "running (0m01.0s), 1/1 VUs, 0 complete\n", count: 2_000),
            says: "no list of metrics", "--summary-export"),
        Refusal(
            "what autocannon prints",
            """
            Running 10s test @ http://localhost:3000
            10 connections

            │ Stat    │ 2.5% │ 50%  │ Avg     │ Max   │
            │ Latency │ 0 ms │ 0 ms │ 0.02 ms │ 16 ms │
            """, says: "autocannon -j"),
        Refusal(
            "what ghz prints",
            """
            Summary:
              Count:\t200
              Total:\t5.0 s
              Fastest:\t10 ms
              Requests/sec:\t40.0

            Status code distribution:
              [OK]            190 responses
              [Unavailable]   10 responses
            """, says: "ghz -O json"),
        Refusal(
            "what Locust prints",
            "Type     Name      # reqs      # fails |    Avg\n--------|----------|-------|----\n",
            says: "--csv results"),
        Refusal(
            "what Node prints of autocannon's result",
            "{\n  title: undefined,\n  non2xx: 0,\n  latency: {\n    average: 271.52,\n",
            says: "autocannon -j"),
        Refusal(
            "what Google Benchmark prints without its context",
            "--------\nBenchmark           Time             CPU   Iterations\n--------\n",
            says: "--benchmark_out"),
        Refusal(
            "what pytest-benchmark prints", "------ benchmark ------\nName (time in us)   Min\n",
            says: "--benchmark-json"),
        Refusal(
            "ghz for InfluxDB", "ghz_run,proto=\"a\" count=200i,total=1i 1553019000000000000\n",
            says: "ghz -O json"),
        Refusal(
            "what Nighthawk prints", "Nighthawk - A layer 7 protocol benchmarking tool.\n",
            says: "--output-format json"),
        Refusal(
            "YAML of Nighthawk",
            "options:\n  requests_per_second: 5\nresults:\n  - name: global\n    statistics:\n",
            says: "--output-format json"),
        Refusal(
            "what hyperfine prints",
            "Benchmark 1: a\n  Time (mean ± σ):     310.9 ms ±   3.4 ms\n"
                + "  Range (min … max):   307.8 ms … 319.2 ms    10 runs\n", says: "--export-json"),
        Refusal(
            "what Fortio prints",
            "# target 50% 0.0251004\nAll done 1779 calls 37.373 ms avg, 26.8 qps\n",
            says: "fortio load -json"),
        Refusal(
            "what Artillery prints before its end",
            "http.response_time:\n  min: .... 2\nvusers.created: .... 10\n",
            says: "Summary report", "--output report.json"),
        Refusal(
            "the script of Gatling's pages", "var stats = {\n    type: \"GROUP\",\n",
            says: "simulation.log"),
        Refusal(
            "a page for a browser", "<!DOCTYPE html>\n<html><head><title>Locust</title>\n",
            says: "web page", "docs/IMPORT.md"),
        Refusal(
            "differences of criterion",
            #"{"mean":{"point_estimate":-0.018},"median":{"point_estimate":-0.01}}"#,
            says: "change/estimates.json", "new/estimates.json"),
        Refusal(
            "what Gatling prints",
            "---- Global Information -------\n> request count          10 (OK=9      KO=1     )\n",
            says: "simulation.log"),
        Refusal(
            "a histogram of vegeta",
            "Bucket         #     %       Histogram\n[0,     2ms]   6007  30.04%  ####\n",
            says: "vegeta report -type=json"),
        Refusal(
            "what Google Benchmark prints",
            "Run on (8 X 2400 MHz CPU s)\nBenchmark           Time             CPU\n",
            says: "--benchmark_out"),
    ]
}
