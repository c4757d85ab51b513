/* Local Tracker, C client: this header and local_tracker.c. C11, POSIX, libzstd (-lzstd -pthread).
 *
 *     tracker_log *log = tracker_open(&(tracker_options){.name = "cache off, then on"});
 *     tracker_run_start(log, "r1", "warm cache", "http://localhost:3000/", NULL);
 *     tracker_sample(log, "http.latency_ms", 12.5, &(tracker_details){.run = "r1", .unit = "ms"});
 *     tracker_run_finish(log, "r1", "finished");
 *     tracker_close(log);
 *
 * Events are queued and written as one frame of 100, or of a second, by the call that completes it:
 * there is no thread. Every call may come from any thread. No call ends the program. A function that
 * returns bool says whether it accepted or wrote what it was given; if not, the event is counted
 * (tracker_dropped) and the reason kept (tracker_error). A NULL log is allowed and accepts nothing.
 */
#ifndef LOCAL_TRACKER_H
#define LOCAL_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tracker_log tracker_log;

/* What is NULL or 0 has its default. */
typedef struct {
    const char *data;    /* the data folder: TRACKER_DATA, or ./data */
    const char *user;    /* LOCAL_TRACKER_USER_ID, or anonymous */
    const char *session; /* a new id: yyyymmdd-hhmmss-xxxxxxxx */
    const char *name;    /* what people call the session */
    size_t rotate_bytes; /* size at which a new segment is started: 64 MiB */
} tracker_options;

typedef enum { TRACKER_OK_UNSET, TRACKER_OK, TRACKER_FAILED } tracker_outcome;

/* Labels and parameters: key, value, key, value, …, NULL. */
typedef const char *const *tracker_pairs;

typedef struct {
    const char *run, *unit;
    tracker_outcome ok;
    tracker_pairs labels;
    int64_t ts; /* Unix milliseconds; 0: now */
} tracker_details;

/* NULL only without memory. A folder that cannot be written shows in tracker_error. */
tracker_log *tracker_open(const tracker_options *options);

/* One value. `details` may be NULL. */
bool tracker_sample(tracker_log *log, const char *metric, double value, const tracker_details *details);

/* `run` is an id of your choice. What else is NULL is left out. */
bool tracker_run_start(tracker_log *log, const char *run, const char *test, const char *target,
                       tracker_pairs params);

/* `state`: "finished", "failed" or "stopped". */
bool tracker_run_finish(tracker_log *log, const char *run, const char *state);

/* On a run, or with NULL on the session. */
bool tracker_note(tracker_log *log, const char *run, const char *text);

/* Writes what is queued. When it returns true, a killed program loses nothing of it. */
bool tracker_flush(tracker_log *log);

/* Writes, and frees the log. False if anything was lost. exit() writes as well. */
/* Must be the last call with this log, of any thread. */
bool tracker_close(tracker_log *log);

uint64_t tracker_dropped(tracker_log *log);   /* events that were not accepted, or could not be written */
bool tracker_error(tracker_log *log, char *text, size_t size);  /* the last error; false: there was none */
const char *tracker_session(const tracker_log *log);

#ifdef __cplusplus
}
#endif
#endif
