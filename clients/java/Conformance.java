import java.util.Map;

/** The scenarios of clients/conformance, as this client writes them: Conformance SCENARIO COUNT. */
final class Conformance {
    private static LocalTracker log;
    private static int count;

    private static void samples(String metric) {
        for (int i = 0; i < count; i++) {
            log.sample(metric, i, new LocalTracker.Details().unit("ms").label("route", "/a").ts(1763899200000L + i));
        }
    }

    private static void story() {
        LocalTracker.Run run = log.run("r1", "warm \"cache\"\n", "http://localhost:3000/",
            new java.util.TreeMap<>(Map.of("cache", "on", "größe", "1\t2\\")));
        run.sample("http.latency_ms", 12.5, new LocalTracker.Details().unit("ms").ok(true)
            .label("route", "/ü/😀").label("status", 200));
        run.sample("http.latency_ms", 0.1, new LocalTracker.Details().ok(false));
        run.sample("large", 1e300);
        run.sample("small", -1.5e-9);
        log.sample("no_run", 3);
        log.note("line one\nline two \001\177 \u2028");
        run.finish("failed");
    }

    private static void bad() {
        LocalTracker.Details labels = new LocalTracker.Details();
        for (int i = 0; i < 33; i++) labels.label("l" + i, "x");
        log.sample("", 1);
        log.sample("m".repeat(129), 1);
        log.sample("m", Double.NaN);
        log.sample("m", Double.POSITIVE_INFINITY);
        log.sample("m", 1, labels);
        log.sample("m", 1, new LocalTracker.Details().unit("m".repeat(1025)));
        log.note("m".repeat(2 << 20));
        log.sample("good", 1);
        log.flush();
        log.sample("good", 1);
    }

    private static void acknowledge() {
        for (int i = 0; i < count; i++) {
            log.sample("n", i);
            if (i % 10 == 9 && log.flush()) {
                System.out.println(i + 1);
                System.out.flush();
            }
        }
    }

    private static void quiet() throws InterruptedException {
        log.sample("n", 0);
        Thread.sleep(count);
        log.sample("n", 1);
        System.out.println(1);
        System.out.flush();
        Thread.sleep(60_000);
    }

    private static void overflow() throws java.io.IOException {
        samples("n");
        System.out.println("full");
        System.out.flush();
        System.in.read();
        log.flush();
    }

    private static void threads() throws InterruptedException {
        Thread[] both = {new Thread(() -> samples("t0")), new Thread(() -> samples("t1"))};
        for (Thread thread : both) thread.start();
        for (Thread thread : both) thread.join();
    }

    public static void main(String[] arguments) throws InterruptedException, java.io.IOException {
        count = Integer.parseInt(arguments[1]);
        String rotate = System.getenv("CONFORMANCE_ROTATE");
        LocalTracker.Options options = new LocalTracker.Options().session(System.getenv("CONFORMANCE_SESSION"))
            .name("Grüße, 世界 😀");
        if (rotate != null) options.rotateBytes(Long.parseLong(rotate));
        log = LocalTracker.open(options);
        switch (arguments[0]) {
            case "story" -> story();
            case "samples", "exit" -> samples("n");
            case "bad" -> bad();
            case "acknowledge" -> acknowledge();
            case "overflow" -> overflow();
            case "quiet" -> quiet();
            case "threads" -> threads();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        if (arguments[0].equals("exit")) return;
        log.close();
        System.out.println("dropped " + log.dropped());
        if (log.error() != null) System.out.println("error " + log.error());
        System.out.println("done");
    }
}
