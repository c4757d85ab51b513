using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;

/// <summary>The scenarios of clients/conformance, as this client writes them: Conformance SCENARIO COUNT.</summary>
internal static class Conformance {
    private static LocalTracker log;
    private static int count;

    private static void Samples(string metric) {
        for (int i = 0; i < count; i++) {
            log.Sample(metric, i, unit: "ms", labels: new Dictionary<string, object> { ["route"] = "/a" }, ts: 1763899200000L + i);
        }
    }

    private static void Story() {
        var run = log.StartRun("warm \"cache\"\n", "http://localhost:3000/", "r1",
            new Dictionary<string, object> { ["cache"] = "on", ["größe"] = "1\t2\\" });
        run.Sample("http.latency_ms", 12.5, "ms", true, new Dictionary<string, object> { ["route"] = "/ü/😀", ["status"] = 200 });
        run.Sample("http.latency_ms", 0.1, ok: false);
        run.Sample("large", 1e300);
        run.Sample("small", -1.5e-9);
        log.Sample("no_run", 3);
        log.Note("line one\nline two \u0001\u007f \u2028");
        run.Finish("failed");
    }

    private static void Bad() {
        var labels = new Dictionary<string, object>();
        for (int i = 0; i < 33; i++) labels["l" + i] = "x";
        log.Sample("", 1);
        log.Sample(new string('m', 129), 1);
        log.Sample("m", double.NaN);
        log.Sample("m", double.PositiveInfinity);
        log.Sample("m", 1, labels: labels);
        log.Sample("m", 1, unit: new string('m', 1025));
        log.Note(new string('m', 2 << 20));
        log.Sample("good", 1);
        log.Flush();
        log.Sample("good", 1);
    }

    private static void Acknowledge() {
        for (int i = 0; i < count; i++) {
            log.Sample("n", i);
            if (i % 10 == 9 && log.Flush()) Console.WriteLine(i + 1);
        }
    }

    private static void Quiet() {
        log.Sample("n", 0);
        Thread.Sleep(count);
        log.Sample("n", 1);
        Console.WriteLine(1);
        Thread.Sleep(60_000);
    }

    private static void Overflow() {
        Samples("n");
        Console.WriteLine("full");
        Console.ReadLine();
        log.Flush();
    }

    private static void Threads() {
        Thread[] both = { new Thread(() => Samples("t0")), new Thread(() => Samples("t1")) };
        foreach (Thread thread in both) thread.Start();
        foreach (Thread thread in both) thread.Join();
    }

    private static void Main(string[] arguments) {
        count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        // A program may speak a language in which 12.5 is "12,5" and a minus is U+2212: neither is JSON.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = new CultureInfo("sv-SE");
        CultureInfo.CurrentCulture.NumberFormat.NegativeSign = "\u2212";
        string session = Environment.GetEnvironmentVariable("CONFORMANCE_SESSION");
        string rotate = Environment.GetEnvironmentVariable("CONFORMANCE_ROTATE");
        log = rotate == null ? LocalTracker.Open("Grüße, 世界 😀", session)
            : LocalTracker.Open("Grüße, 世界 😀", session, rotateBytes: long.Parse(rotate, CultureInfo.InvariantCulture));
        switch (arguments[0]) {
        case "story": Story(); break;
        case "samples":
        case "exit": Samples("n"); break;
        case "bad": Bad(); break;
        case "acknowledge": Acknowledge(); break;
        case "overflow": Overflow(); break;
        case "quiet": Quiet(); break;
        case "threads": Threads(); break;
        default: throw new ArgumentException(arguments[0]);
        }
        if (arguments[0] == "exit") return;
        log.Dispose();
        Console.WriteLine("dropped " + log.Dropped);
        if (log.Error != null) Console.WriteLine("error " + log.Error);
        Console.WriteLine("done");
    }
}
