import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.*;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Local Tracker, Java client: one file, Java 17 or newer, nothing outside the standard library.
 *
 * <pre>{@code
 * try (LocalTracker log = LocalTracker.open("cache off, then on")) {
 *     LocalTracker.Run run = log.run("warm cache", "http://localhost:3000/");
 *     run.sample("http.latency_ms", 12.5, new LocalTracker.Details().unit("ms").label("route", "/"));
 *     run.finish();
 * }
 * }</pre>
 *
 * Safe to use from any thread. No method throws: one returns false for what it did not accept or
 * write; {@link #dropped} counts such events and {@link #error} has the reason. Events are queued and
 * written as one gzip member of 100 events, or of a second. The format is docs/FORMAT.md of the tracker.
 */
public final class LocalTracker implements AutoCloseable {
    private static final int FRAME_EVENTS = 100;
    private static final int FRAME_CONTENT_BYTES = 256 << 10; // of a busy writer's frame
    private static final long FRAME_MS = 1000;
    private static final long RETRY_MS = 1000; // between two tries on a disk that failed
    private static final int MAX_LINE_BYTES = 1 << 20;
    private static final int MAX_QUEUED_BYTES = 3 << 20; // one frame, below its 4 MiB whatever is in it
    private static final int MAX_NAME_BYTES = 1024;
    private static final int MAX_METRIC_LENGTH = 128;
    private static final int MAX_LABELS = 32;
    private static final int MAX_FOLDER_NAME_BYTES = 200;
    private static final int ROTATE_BYTES = 64 << 20;
    private static final long ROTATE_MS = 24 * 3600 * 1000;
    private static final Set<String> STATES = Set.of("finished", "failed", "stopped");
    private static final Pattern FORMAT_1 = Pattern.compile("\"format\"\\s*:\\s*1(\\.0+)?\\s*[,}]");
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE = mode("rwx------"), FILE_MODE = mode("rw-------");
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What is not set has its default: the environment, and a new session. */
    public static final class Options {
        private String data, user, session, name;
        private long rotateBytes = ROTATE_BYTES;
        public Options data(String folder) { data = folder; return this; }
        public Options user(String id) { user = id; return this; }
        public Options session(String id) { session = id; return this; }
        public Options name(String text) { name = text; return this; }
        public Options rotateBytes(long bytes) { rotateBytes = bytes; return this; }
    }

    /** What a sample may have beside its value. */
    public static final class Details {
        private String unit, run;
        private Boolean ok;
        private Long ts;
        private final Map<String, Object> labels = new LinkedHashMap<>();
        public Details unit(String text) { unit = text; return this; }
        public Details run(String id) { run = id; return this; }
        public Details ok(boolean succeeded) { ok = succeeded; return this; }
        public Details ts(long unixMilliseconds) { ts = unixMilliseconds; return this; }
        public Details label(String key, Object value) { labels.put(key, value); return this; }
    }

    /** A run of the session, between its start and {@link #finish}. */
    public final class Run {
        private final String id;
        private Run(String id) { this.id = id; }
        public String id() { return id; }
        public boolean sample(String metric, double value) { return sample(metric, value, new Details()); }
        public boolean sample(String metric, double value, Details details) {
            return LocalTracker.this.sample(metric, value, details.run(id));
        }
        public boolean note(String text) { return event("note", "text", text, "run", id); }
        public boolean finish() { return finish("finished"); }
        /** {@code state}: finished, failed or stopped. */
        public boolean finish(String state) {
            return event("run_finished", "run", id, "state", STATES.contains(state) ? state : "failed");
        }
    }

    private final Path data;
    private final String session, writer = randomHex(8);
    private final long rotateBytes;
    private final ByteArrayOutputStream queue = new ByteArrayOutputStream();
    private final Thread exitHook = new Thread(this::flush, "local-tracker-exit");
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "local-tracker");
        thread.setDaemon(true);
        return thread;
    });
    private Path folder;
    private FileChannel file;
    private int number;
    private long size, opened, retryAt, seq, events, dropped, reported;
    private boolean unusable, failing, closed;
    private String error;

    public static LocalTracker open(String name) { return open(new Options().name(name)); }

    public static LocalTracker open(Options options) { return new LocalTracker(options); }

    private LocalTracker(Options options) {
        data = Path.of(or(options.data, or(System.getenv("TRACKER_DATA"), "data")));
        String user = or(options.user, or(System.getenv("LOCAL_TRACKER_USER_ID"), "anonymous"));
        session = or(options.session, DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-").withZone(ZoneOffset.UTC)
            .format(Instant.now()) + randomHex(4));
        rotateBytes = options.rotateBytes;
        try {
            folder = data.resolve("log").resolve(folderName(user)).resolve(folderName(session));
            openFolder();
        } catch (IOException | RuntimeException failure) {
            unusable |= folder == null;
            error = failure.toString();
        }
        clock.scheduleWithFixedDelay(this::flushQueued, FRAME_MS, FRAME_MS, TimeUnit.MILLISECONDS);
        try {
            Runtime.getRuntime().addShutdownHook(exitHook);
        } catch (IllegalStateException ending) {
            error = ending.toString(); // the program ends already: close() still writes
        }
        event("session", "name", options.name, "user", user, "host", host());
    }

    public String session() { return session; }

    /** Events that were not accepted, or could not be written so far. */
    public synchronized long dropped() { return dropped + (failing ? events : 0); }

    /** The last error; null without one. */
    public synchronized String error() { return error; }

    public Run run(String test, String target) { return run("run-" + randomHex(4), test, target, Map.of()); }

    public Run run(String id, String test, String target, Map<String, ?> params) {
        event("run_started", "run", id, "test", test, "target", target, "params", params.isEmpty() ? null : params);
        return new Run(id);
    }

    public boolean note(String text) { return event("note", "text", text); }

    public boolean sample(String metric, double value) { return sample(metric, value, new Details()); }

    /** One value. */
    public boolean sample(String metric, double value, Details details) {
        int length = metric == null ? 0 : metric.codePointCount(0, metric.length());
        if (length < 1 || length > MAX_METRIC_LENGTH) return refuse("metric is not a string of 1 to 128 characters");
        if (!Double.isFinite(value)) return refuse("value is not a finite number");
        if (details.labels.size() > MAX_LABELS) return refuse("more than 32 labels");
        List<String> names = new ArrayList<>(details.labels.keySet());
        names.addAll(Arrays.asList(details.unit, details.run));
        for (String name : names) if (tooLong(name)) return refuse("name longer than 1,024 bytes");
        return accept(details.ts, "metric", metric, "value", value, "unit", details.unit, "run", details.run,
            "ok", details.ok, "labels", details.labels.isEmpty() ? null : details.labels);
    }

    private boolean event(String kind, Object... members) {
        if (members[0].equals("run") && tooLong((String) members[1])) return refuse("name longer than 1,024 bytes");
        Object[] all = new Object[members.length + 2];
        all[0] = "event";
        all[1] = kind;
        System.arraycopy(members, 0, all, 2, members.length);
        return accept(null, all);
    }

    /** Writes what is queued. When it returns true, a killed program loses nothing of it. */
    public synchronized boolean flush() { return events == 0 ? !unusable : writeQueue(); }

    private synchronized void flushQueued() { if (events > 0) writeQueue(); }

    /** Writes what is queued; later events are dropped. {@link #dropped} says whether anything was lost. */
    @Override public void close() {
        clock.shutdown();
        synchronized (this) {
            if (closed) return;
            flush();
            dropped += events;
            events = 0;
            failing = false;
            closed = true;
            leaveSegment();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(exitHook);
        } catch (IllegalStateException ending) {
            // The program ends: the hook finds nothing to do.
        }
    }

    private synchronized boolean refuse(String reason) {
        dropped++;
        error = reason;
        return false;
    }

    private synchronized boolean accept(Long ts, Object... members) {
        if (closed || unusable) return refuse(closed ? "the log is closed" : error);
        StringBuilder json = new StringBuilder(128).append("{\"ts\":").append(ts == null ? System.currentTimeMillis() : ts);
        for (int i = 0; i < members.length; i += 2) {
            if (members[i + 1] != null) put(put(json.append(','), members[i]).append(':'), members[i + 1]);
        }
        byte[] line = json.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
        if (line.length > MAX_LINE_BYTES + 1) return refuse("line longer than 1 MiB");
        if (queue.size() + line.length > MAX_QUEUED_BYTES) return refuse("the queue is full: " + error);
        queue.writeBytes(line);
        events++;
        boolean due = events >= FRAME_EVENTS || queue.size() >= FRAME_CONTENT_BYTES;
        if (due && (!failing || ticks() >= retryAt)) writeQueue();
        return true;
    }

    private boolean writeQueue() {
        failing = true; // until the frame is written
        retryAt = ticks() + RETRY_MS;
        if (unusable || closed) return false;
        try {
            if (file == null || size >= rotateBytes || ticks() - opened >= ROTATE_MS) nextSegment();
            StringBuilder header = put(new StringBuilder("{\"frame\":1,\"session\":"), session)
                .append(",\"writer\":\"").append(writer).append("\",\"seq\":").append(seq)
                .append(",\"events\":").append(events).append(",\"at\":").append(System.currentTimeMillis());
            if (dropped > reported) header.append(",\"dropped\":").append(dropped - reported);
            append(gzip(header.append("}\n").toString().getBytes(StandardCharsets.UTF_8)));
            reported = dropped;
            seq++;
            events = 0;
            queue.reset();
            failing = false;
            return true;
        } catch (IOException | RuntimeException failure) {
            error = failure.toString();
            return false;
        }
    }

    private byte[] gzip(byte[] header) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out) {{ def.setLevel(Deflater.BEST_SPEED); }}) {
            gzip.write(header);
            queue.writeTo(gzip);
        }
        return out.toByteArray();
    }

    /** One write of the whole frame. A short one is cut off and tried once more, never continued. */
    private void append(byte[] frame) throws IOException {
        IOException failure = new IOException("a short write");
        for (int tries = 0; tries < 2; tries++) {
            try {
                if (file.write(ByteBuffer.wrap(frame)) == frame.length) {
                    size += frame.length;
                    return;
                }
            } catch (IOException cause) {
                failure = cause;
            }
            try {
                file.truncate(size);
            } catch (IOException cause) {
                leaveSegment(); // the torn bytes stay; readers skip them
                break;
            }
        }
        throw failure;
    }

    /** Makes the folders and checks the format of the data folder, before anything is written. */
    private void openFolder() throws IOException {
        Files.createDirectories(data, FOLDER_MODE);
        Path description = data.resolve("tracker.json");
        if (Files.notExists(description)) { // made whole, and never over that of another writer
            Path temporary = data.resolve("tracker.json." + writer + ".tmp");
            Files.createFile(temporary, FILE_MODE);
            Files.writeString(temporary, "{\"format\":1}\n");
            try {
                Files.createLink(description, temporary);
            } catch (IOException | UnsupportedOperationException exists) {
                // Another writer made it; without the file it is format 1.
            }
            Files.delete(temporary);
        }
        if (Files.exists(description) && !FORMAT_1.matcher(Files.readString(description)).find()) {
            unusable = true;
            throw new IOException(description + " does not name format 1: use a newer client, or another folder");
        }
        for (Path inner : List.of(data.resolve("log"), folder.getParent(), folder)) {
            try {
                Files.createDirectory(inner, FOLDER_MODE);
                sync(inner.getParent());
            } catch (FileAlreadyExistsException exists) {
                if (!Files.isDirectory(inner, LinkOption.NOFOLLOW_LINKS)) throw new IOException(inner + " is no folder");
            }
        }
    }

    private void nextSegment() throws IOException {
        openFolder();
        Path segment = folder.resolve(String.format("%s.%06d.jsonl.gz", writer, number + 1));
        FileChannel next = FileChannel.open(segment, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND,
            LinkOption.NOFOLLOW_LINKS), FILE_MODE);
        sync(folder);
        leaveSegment();
        file = next;
        number++;
        size = 0;
        opened = ticks();
    }

    private void leaveSegment() {
        try {
            if (file != null) file.close();
        } catch (IOException failure) {
            error = failure.toString();
        }
        file = null;
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    /** The id as a directory name: one id, one name, also where the file system folds case. */
    private static String folderName(String id) {
        StringBuilder name = new StringBuilder();
        for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = "abcdefghijklmnopqrstuvwxyz0123456789_".indexOf(b) >= 0 || (name.length() > 0 && ".-".indexOf(b) >= 0);
            name.append(plain ? String.valueOf((char) b) : String.format("%%%02x", b & 0xff));
        }
        if (name.length() == 0 || name.length() > MAX_FOLDER_NAME_BYTES) {
            throw new IllegalArgumentException("the id of a user or session is empty or too long");
        }
        return name.toString();
    }

    private static StringBuilder put(StringBuilder json, Object value) {
        if (value instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                put(json.append(before), String.valueOf(entry.getKey()));
                put(json.append(':'), String.valueOf(entry.getValue()));
                before = ',';
            }
            return json.append('}');
        }
        if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15) return json.append(number.longValue());
        if (!(value instanceof String text)) return json.append(value);
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alone = Character.isSurrogate(c) && !(Character.isHighSurrogate(c) ? i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1)) : i > 0 && Character.isHighSurrogate(text.charAt(i - 1)));
            if (c == '"' || c == '\\') json.append('\\').append(c);
            else if (c < 0x20) json.append(String.format("\\u%04x", (int) c));
            else json.append(alone ? '\ufffd' : c);
        }
        return json.append('"');
    }

    private static boolean tooLong(String name) {
        return name != null && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
    }

    private static String or(String value, String otherwise) { return value == null || value.isEmpty() ? otherwise : value; }

    /** Milliseconds by a clock that nobody sets. */
    private static long ticks() { return System.nanoTime() / 1_000_000; }

    private static String randomHex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unknown) {
            return null;
        }
    }
}
