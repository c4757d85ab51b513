/* Local Tracker, C client: see local_tracker.h. The format is docs/FORMAT.md of the tracker. */
#define _GNU_SOURCE
#include "local_tracker.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

enum {
    FRAME_EVENTS = 100,
    FRAME_CONTENT = 256 << 10,    /* a busy writer's frame */
    FRAME_MS = 1000,
    RETRY_MS = 1000,              /* between two tries on a disk that failed */
    MAX_LINE = 1 << 20,
    MAX_QUEUED = 3 << 20,         /* one frame, below its 4 MiB even if nothing can be compressed */
    MAX_HEADER = 2048,
    MAX_NAME = 1024,
    MAX_METRIC = 128,
    MAX_LABELS = 32,
    MAX_FOLDER_NAME = 200,
    ROTATE_BYTES = 64 << 20,
    ROTATE_MS = 24 * 3600 * 1000,
    LOCK_TRIES = 20,              /* 10 ms apart: an indexer may hold the lock for a moment */
    COMPRESSION_LEVEL = 1,
};

struct tracker_log {
    pthread_mutex_t lock;
    tracker_log *next;            /* all open logs, for exit and fork */
    char *data, user_folder[MAX_FOLDER_NAME + 1], session_folder[MAX_FOLDER_NAME + 1];
    char session[MAX_FOLDER_NAME + 1], session_json[6 * MAX_FOLDER_NAME + 3], writer[17], error[256];
    char *queue, *frame;          /* room for a header and MAX_QUEUED; room for its compressed form */
    size_t queued, frame_room, rotate_bytes;
    ZSTD_CCtx *zstd;
    int file, number;
    int64_t size, opened, first, retry_at;  /* by a clock that nobody sets */
    uint64_t seq, events, dropped, dropped_before;
    bool unusable, failing;
};

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;
static tracker_log *all;

static int64_t milliseconds(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((format(printf, 2, 3))) static bool fail(tracker_log *log, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(log->error, sizeof log->error, format, arguments);
    va_end(arguments);
    return false;
}

/* 2 * `bytes` hex digits that nobody else has. */
static void random_hex(char *text, size_t bytes) {
    unsigned char random[8];
    if (getentropy(random, bytes) != 0) {
        uint64_t mixed = (uint64_t)milliseconds(CLOCK_REALTIME) * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid() << 40
            ^ (uint64_t)(uintptr_t)text;
        memcpy(random, &mixed, bytes);
    }
    for (size_t i = 0; i < bytes; i++) sprintf(text + 2 * i, "%02x", random[i]);
}

/* ---- Lines. They are built in the queue itself; a line that does not fit is cut off again. ---- */

typedef struct {
    char *at, *end;   /* at == end: it did not fit */
} line;

static void put(line *out, const char *bytes, size_t length) {
    if ((size_t)(out->end - out->at) <= length) { out->at = out->end; return; }
    memcpy(out->at, bytes, length);
    out->at += length;
}

static void put_text(line *out, const char *text) { put(out, text, strlen(text)); }

/* The length of the UTF-8 character at `text`; 0 for what is none. */
static int character(const unsigned char *text) {
    unsigned char a = text[0], b = a ? text[1] : 0;
    if (a < 0x80) return 1;
    if (a < 0xc2 || a > 0xf4 || (b & 0xc0) != 0x80) return 0;
    if (a < 0xe0) return 2;
    if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (text[2] & 0xc0) != 0x80) return 0;
    if (a < 0xf0) return 3;
    if ((a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f) || (text[3] & 0xc0) != 0x80) return 0;
    return 4;
}

static bool is_text(const char *string) {
    int length;
    while (*string && (length = character((const unsigned char *)string))) string += length;
    return !*string;
}

/* As a JSON string. Bytes that are no UTF-8 become U+FFFD each: the log holds only text. */
static void put_string(line *out, const char *string) {
    const unsigned char *text = (const unsigned char *)string;
    put(out, "\"", 1);
    while (*text && out->at < out->end) {
        const unsigned char *plain = text;
        while (*text >= 0x20 && *text < 0x80 && *text != '"' && *text != '\\') text++;
        put(out, (const char *)plain, (size_t)(text - plain));
        if (*text == '"' || *text == '\\') {
            put(out, (char[]){'\\', (char)*text++}, 2);
        } else if (*text && *text < 0x20) {
            char escape[7];
            snprintf(escape, sizeof escape, "\\u%04x", *text++);
            put(out, escape, 6);
        } else if (*text) {
            int length = character(text);
            put(out, length ? (const char *)text : "\xef\xbf\xbd", length ? (size_t)length : 3);
            text += length ? length : 1;
        }
    }
    put(out, "\"", 1);
}

static void put_member(line *out, const char *key, const char *value) {
    if (!value) return;
    put_text(out, key);
    put_string(out, value);
}

/* The shortest spelling that reads back as the same, with a point whatever the program's locale. */
static void put_number(line *out, double value) {
    char digits[32];
    if (value == floor(value) && fabs(value) < 1e15) snprintf(digits, sizeof digits, "%lld", (long long)value);
    else for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    for (char *c = digits; *c; c++) if (!strchr("0123456789+-e", *c)) *c = '.';
    put_text(out, digits);
}

static void put_pairs(line *out, const char *key, tracker_pairs pairs) {
    if (!pairs || !pairs[0]) return;
    put_text(out, key);
    for (size_t i = 0; pairs[i] && pairs[i + 1]; i += 2) {
        put(out, i ? "," : "{", 1);
        put_string(out, pairs[i]);
        put(out, ":", 1);
        put_string(out, pairs[i + 1]);
    }
    put(out, "}", 1);
}

static size_t pair_count(tracker_pairs pairs) {
    size_t count = 0;
    while (pairs && pairs[2 * count] && pairs[2 * count + 1]) count++;
    return count;
}

static bool name_fits(const char *name) { return !name || strlen(name) <= MAX_NAME; }

/* Why the format does not take this sample; NULL if it does. */
static const char *refusal(const char *metric, double value, const tracker_details *details) {
    size_t characters = 0;
    for (const char *c = metric ? metric : ""; *c; c++) characters += (*c & 0xc0) != 0x80;
    if (characters < 1 || characters > MAX_METRIC) return "metric is not a string of 1 to 128 characters";
    if (!isfinite(value)) return "value is not a finite number";
    if (!name_fits(details->unit) || !name_fits(details->run)) return "name longer than 1,024 bytes";
    size_t labels = pair_count(details->labels);
    if (labels > MAX_LABELS) return "more than 32 labels";
    for (size_t i = 0; i < labels; i++) {
        if (!name_fits(details->labels[2 * i])) return "name longer than 1,024 bytes";
        for (size_t j = 0; j < i; j++)
            if (!strcmp(details->labels[2 * i], details->labels[2 * j])) return "a label is given twice";
    }
    return NULL;
}

/* ---- Folders and segments ---- */

/* The id as a directory name: one id, one name, also where the file system folds case. */
static bool folder_name(char *name, const char *id) {
    size_t length = 0;
    for (const char *c = id; *c; c++) {
        bool plain = strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c) || (c != id && strchr(".-", *c));
        if (length + (plain ? 1 : 3) > MAX_FOLDER_NAME) return false;
        length += (size_t)sprintf(name + length, plain ? "%c" : "%%%02x", (unsigned char)*c);
    }
    return length > 0;
}

/* The folder `name` in `parent`, made where it is missing; no symbolic link. */
static int inner_folder(int parent, const char *name) {
    if (mkdirat(parent, name, 0700) == 0) fsync(parent);
    else if (errno != EEXIST) return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Refuses a folder that is not of format 1, before anything is written into it. */
static bool check_format(tracker_log *log, int root) {
    char text[256] = "", *found;
    int file = openat(root, "tracker.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno == ENOENT) {  /* made whole, and never over that of another writer */
        char temporary[64];
        snprintf(temporary, sizeof temporary, "tracker.json.%s.tmp", log->writer);
        file = openat(root, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) return fail(log, "cannot write into %s: %s", log->data, strerror(errno));
        bool whole = write(file, "{\"format\":1}\n", 13) == 13;
        close(file);
        if (whole) whole = linkat(root, temporary, root, "tracker.json", 0) == 0;
        unlinkat(root, temporary, 0);
        if (whole) return true;
        file = openat(root, "tracker.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (file < 0 && errno == ENOENT) return true;  /* without the file it is format 1 */
    }
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0) close(file);
    if (length > 0 && (found = strstr(text, "\"format\"")) != NULL) {
        found += strlen("\"format\"");
        found += strspn(found, " \t\r\n");
        if (*found == ':' && strtod(found + 1, &found) == 1 && strchr(" \t\r\n,}", *found)) return true;
    }
    log->unusable = true;
    return fail(log, "%s/tracker.json does not name format 1: use a newer client, or another folder", log->data);
}

/* A descriptor of the session's folder. */
static int open_session(tracker_log *log) {
    for (char *slash = log->data; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        mkdir(log->data, 0700);
        *slash = '/';
    }
    mkdir(log->data, 0700);
    int folder = open(log->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail(log, "cannot open %s: %s", log->data, strerror(errno)), -1;
    const char *names[] = {"log", log->user_folder, log->session_folder};
    bool usable = check_format(log, folder);
    for (int i = 0; usable && i < 3; i++) {
        int inner = inner_folder(folder, names[i]);
        if (inner < 0) usable = fail(log, "cannot open %s in %s: %s", names[i], log->data, strerror(errno));
        else { close(folder); folder = inner; }
    }
    if (usable) return folder;
    close(folder);
    return -1;
}

static void leave_segment(tracker_log *log) {
    if (log->file >= 0) close(log->file);
    log->file = -1;
}

static bool next_segment(tracker_log *log) {
    int folder = open_session(log);
    if (folder < 0) return false;
    char name[48];
    snprintf(name, sizeof name, "%s.%06d.jsonl.zst", log->writer, log->number + 1);
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        fail(log, "cannot create %s: %s", name, strerror(errno));
        close(folder);
        return false;
    }
    for (int i = 0; i < LOCK_TRIES && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    fsync(folder);
    close(folder);
    leave_segment(log);
    log->file = file;
    log->number++;
    log->size = 0;
    log->opened = milliseconds(CLOCK_MONOTONIC);
    return true;
}

/* One write of the whole frame. A short one is cut off and tried once more, never continued. */
static bool write_frame(tracker_log *log, size_t length) {
    for (int tries = 0; tries < 2; tries++) {
        ssize_t written;
        do written = write(log->file, log->frame, length); while (written < 0 && errno == EINTR);
        if (written == (ssize_t)length) { log->size += written; return true; }
        fail(log, "cannot write: %s", written < 0 ? strerror(errno) : "a short write");
        if (ftruncate(log->file, log->size) != 0) { leave_segment(log); return false; }
    }
    return false;
}

static bool write_queue(tracker_log *log) {
    int64_t now = milliseconds(CLOCK_MONOTONIC);
    bool old = log->size >= (int64_t)log->rotate_bytes || now - log->opened >= ROTATE_MS;
    log->failing = true;  /* until the frame is written */
    log->retry_at = now + RETRY_MS;
    if (log->unusable || ((log->file < 0 || old) && !next_segment(log))) return false;
    char header[MAX_HEADER];
    int length = snprintf(header, sizeof header, "{\"frame\":1,\"session\":%s,\"writer\":\"%s\",\"seq\":%llu,\"events\":%llu,\"at\":%lld",
                          log->session_json, log->writer, (unsigned long long)log->seq,
                          (unsigned long long)log->events, (long long)milliseconds(CLOCK_REALTIME));
    uint64_t dropped = log->dropped - log->dropped_before;
    if (dropped) length += snprintf(header + length, sizeof header - (size_t)length, ",\"dropped\":%llu", (unsigned long long)dropped);
    length += snprintf(header + length, sizeof header - (size_t)length, "}\n");
    char *content = log->queue + MAX_HEADER - length;  /* the header stands right before the lines */
    memcpy(content, header, (size_t)length);
    size_t size = ZSTD_compress2(log->zstd, log->frame, log->frame_room, content, (size_t)length + log->queued);
    if (ZSTD_isError(size)) return fail(log, "zstd: %s", ZSTD_getErrorName(size));
    if (!write_frame(log, size)) return false;
    log->seq++;
    log->queued = log->events = 0;
    log->dropped_before = log->dropped;
    log->failing = false;
    return true;
}

/* ---- The calls ---- */

static line begin_line(tracker_log *log, int64_t ts) {
    line out = {log->queue + MAX_HEADER + log->queued, log->queue + MAX_HEADER + MAX_QUEUED};
    char text[48];
    snprintf(text, sizeof text, "{\"ts\":%lld", (long long)(ts ? ts : milliseconds(CLOCK_REALTIME)));
    put_text(&out, text);
    return out;
}

/* Accepts the line, and writes the frame when it is due. */
static bool end_line(tracker_log *log, line *out) {
    char *begin = log->queue + MAX_HEADER + log->queued;
    put(out, "}\n", 2);
    if (out->at == out->end || out->at - begin > MAX_LINE) {
        log->dropped++;
        return fail(log, out->at - begin > MAX_LINE ? "line longer than 1 MiB" : "the queue is full");
    }
    int64_t now = milliseconds(CLOCK_MONOTONIC);
    if (!log->events++) log->first = now;
    log->queued += (size_t)(out->at - begin);
    bool due = log->events >= FRAME_EVENTS || log->queued >= FRAME_CONTENT || now - log->first >= FRAME_MS;
    if (due && (!log->failing || now >= log->retry_at)) write_queue(log);
    return true;
}

static bool enter(tracker_log *log, const char *refused) {
    if (!log) return false;
    pthread_mutex_lock(&log->lock);
    if (!refused && !log->unusable) return true;
    if (refused) fail(log, "%s", refused);
    log->dropped++;
    pthread_mutex_unlock(&log->lock);
    return false;
}

static bool leave(tracker_log *log, bool result) {
    pthread_mutex_unlock(&log->lock);
    return result;
}

bool tracker_sample(tracker_log *log, const char *metric, double value, const tracker_details *details) {
    static const tracker_details none;
    if (!details) details = &none;
    if (!enter(log, refusal(metric, value, details))) return false;
    line out = begin_line(log, details->ts);
    put_member(&out, ",\"metric\":", metric);
    put_text(&out, ",\"value\":");
    put_number(&out, value);
    put_member(&out, ",\"unit\":", details->unit);
    put_member(&out, ",\"run\":", details->run);
    if (details->ok != TRACKER_OK_UNSET) put_text(&out, details->ok == TRACKER_OK ? ",\"ok\":true" : ",\"ok\":false");
    put_pairs(&out, ",\"labels\":", details->labels);
    return leave(log, end_line(log, &out));
}

static const char *bad_run(const char *run) {
    return run && *run && name_fits(run) ? NULL : "run is not a string of 1 to 1,024 bytes";
}

bool tracker_run_start(tracker_log *log, const char *run, const char *test, const char *target, tracker_pairs params) {
    if (!enter(log, bad_run(run))) return false;
    line out = begin_line(log, 0);
    put_member(&out, ",\"event\":\"run_started\",\"run\":", run);
    put_member(&out, ",\"test\":", test);
    put_member(&out, ",\"target\":", target);
    put_pairs(&out, ",\"params\":", params);
    return leave(log, end_line(log, &out));
}

bool tracker_run_finish(tracker_log *log, const char *run, const char *state) {
    bool known = state && (!strcmp(state, "finished") || !strcmp(state, "failed") || !strcmp(state, "stopped"));
    if (!enter(log, known ? bad_run(run) : "state is not finished, failed or stopped")) return false;
    line out = begin_line(log, 0);
    put_member(&out, ",\"event\":\"run_finished\",\"run\":", run);
    put_member(&out, ",\"state\":", state);
    return leave(log, end_line(log, &out));
}

bool tracker_note(tracker_log *log, const char *run, const char *text) {
    if (!enter(log, !text ? "a note without text" : run ? bad_run(run) : NULL)) return false;
    line out = begin_line(log, 0);
    put_member(&out, ",\"event\":\"note\",\"text\":", text);
    put_member(&out, ",\"run\":", run);
    return leave(log, end_line(log, &out));
}

bool tracker_flush(tracker_log *log) {
    if (!log) return false;
    pthread_mutex_lock(&log->lock);
    return leave(log, log->events ? write_queue(log) : !log->unusable);
}

/* ---- Opening, closing, forking ---- */

/* At exit(): writes what is queued. Nothing is freed, because other threads may still call. */
static void flush_all(void) {
    pthread_mutex_lock(&all_lock);
    for (tracker_log *log = all; log; log = log->next) tracker_flush(log);
    pthread_mutex_unlock(&all_lock);
}

static ZSTD_CCtx *new_compressor(void) {
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    if (!zstd) return NULL;
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
    return zstd;
}

static void before_fork(void) { pthread_mutex_lock(&all_lock); }
static void after_fork(void) { pthread_mutex_unlock(&all_lock); }

/* What was queued stays the parent's. Nothing that another thread may have held is used again. */
static void after_fork_in_child(void) {
    pthread_mutex_init(&all_lock, NULL);
    for (tracker_log *log = all; log; log = log->next) {
        pthread_mutex_init(&log->lock, NULL);
        leave_segment(log);
        random_hex(log->writer, 8);
        log->zstd = new_compressor();
        log->unusable = log->unusable || !log->zstd;
        log->number = 0;
        log->queued = log->seq = log->events = log->dropped = log->dropped_before = 0;
        log->failing = false;
    }
}

static void add_hooks(void) {
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
    atexit(flush_all);
}

static const char *first_set(const char *option, const char *variable, const char *otherwise) {
    const char *value = option ? option : variable ? getenv(variable) : NULL;
    return value && *value ? value : otherwise;
}

static void free_log(tracker_log *log) {
    leave_segment(log);
    ZSTD_freeCCtx(log->zstd);
    free(log->data);
    free(log->queue);
    free(log->frame);
    free(log);
}

tracker_log *tracker_open(const tracker_options *options) {
    static const tracker_options none;
    if (!options) options = &none;
    tracker_log *log = calloc(1, sizeof *log);
    if (!log) return NULL;
    log->file = -1;
    log->frame_room = ZSTD_compressBound(MAX_HEADER + MAX_QUEUED);
    log->data = strdup(first_set(options->data, "TRACKER_DATA", "data"));
    log->queue = malloc(MAX_HEADER + MAX_QUEUED);
    log->frame = malloc(log->frame_room);
    log->zstd = new_compressor();
    if (!log->data || !log->queue || !log->frame || !log->zstd) { free_log(log); return NULL; }
    log->rotate_bytes = options->rotate_bytes ? options->rotate_bytes : ROTATE_BYTES;
    pthread_mutex_init(&log->lock, NULL);
    random_hex(log->writer, 8);
    const char *session = options->session;
    char made[32];
    if (!session || !*session) {
        time_t now = time(NULL);
        struct tm utc;
        gmtime_r(&now, &utc);
        random_hex(made + strftime(made, sizeof made, "%Y%m%d-%H%M%S-", &utc), 4);
        session = made;
    }
    const char *user = first_set(options->user, "LOCAL_TRACKER_USER_ID", "anonymous");
    if (is_text(session) && folder_name(log->user_folder, user) && folder_name(log->session_folder, session)) {
        strcpy(log->session, session);
        line json = {log->session_json, log->session_json + sizeof log->session_json - 1};
        put_string(&json, session);
        *json.at = 0;
        int folder = open_session(log);
        if (folder >= 0) close(folder);
    } else {
        log->unusable = true;
        fail(log, "the id of a user or session is no UTF-8, or its directory name longer than 200 bytes");
    }
    if (enter(log, NULL)) {
        char host[256] = "";
        gethostname(host, sizeof host - 1);
        line out = begin_line(log, 0);
        put_text(&out, ",\"event\":\"session\"");
        put_member(&out, ",\"name\":", options->name);
        put_member(&out, ",\"user\":", user);
        put_member(&out, ",\"host\":", host);
        leave(log, end_line(log, &out));
    }
    pthread_once(&hooks_once, add_hooks);
    pthread_mutex_lock(&all_lock);
    log->next = all;
    all = log;
    pthread_mutex_unlock(&all_lock);
    return log;
}

bool tracker_close(tracker_log *log) {
    if (!log) return false;
    pthread_mutex_lock(&all_lock);
    for (tracker_log **link = &all; *link; link = &(*link)->next)
        if (*link == log) { *link = log->next; break; }
    pthread_mutex_unlock(&all_lock);
    bool whole = tracker_flush(log) && !log->dropped;
    free_log(log);
    return whole;
}

uint64_t tracker_dropped(tracker_log *log) {
    if (!log) return 0;
    pthread_mutex_lock(&log->lock);
    /* What a failed flush left is queued still: it is lost only if the program ends before the next. */
    uint64_t dropped = log->dropped + (log->failing ? log->events : 0);
    pthread_mutex_unlock(&log->lock);
    return dropped;
}

bool tracker_error(tracker_log *log, char *text, size_t size) {
    if (!log || !size) return false;
    pthread_mutex_lock(&log->lock);
    snprintf(text, size, "%s", log->error);
    pthread_mutex_unlock(&log->lock);
    return *text != 0;
}

const char *tracker_session(const tracker_log *log) { return log ? log->session : ""; }
