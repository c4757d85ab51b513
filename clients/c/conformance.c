/* The scenarios of clients/conformance, as this client writes them: conformance SCENARIO COUNT. */
#define _DEFAULT_SOURCE
#include "local_tracker.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static tracker_log *log_;
static int count;

static void samples(const char *metric) {
    for (int i = 0; i < count; i++)
        tracker_sample(log_, metric, i, &(tracker_details){
            .unit = "ms", .labels = (const char *[]){"route", "/a", NULL}, .ts = 1763899200000 + i});
}

static void *thread(void *metric) {
    samples(metric);
    return NULL;
}

static void story(void) {
    tracker_run_start(log_, "r1", "warm \"cache\"\n", "http://localhost:3000/",
                      (const char *[]){"cache", "on", "größe", "1\t2\\", NULL});
    tracker_sample(log_, "http.latency_ms", 12.5, &(tracker_details){
        .run = "r1", .unit = "ms", .ok = TRACKER_OK,
        .labels = (const char *[]){"route", "/ü/😀", "status", "200", NULL}});
    tracker_sample(log_, "http.latency_ms", 0.1, &(tracker_details){.run = "r1", .ok = TRACKER_FAILED});
    tracker_sample(log_, "large", 1e300, &(tracker_details){.run = "r1"});
    tracker_sample(log_, "small", -1.5e-9, &(tracker_details){.run = "r1"});
    tracker_sample(log_, "no_run", 3, NULL);
    tracker_note(log_, NULL, "line one\nline two \x01\x7f \u2028");
    tracker_run_finish(log_, "r1", "failed");
}

static void bad(void) {
    char *long_text = malloc((2 << 20) + 1);
    memset(long_text, 'm', 2 << 20);
    long_text[2 << 20] = 0;
    const char *labels[67] = {NULL};
    static char names[33][4];
    for (int i = 0; i < 33; i++) {
        sprintf(names[i], "l%d", i);
        labels[2 * i] = names[i];
        labels[2 * i + 1] = "x";
    }
    tracker_sample(log_, "", 1, NULL);
    tracker_sample(log_, long_text + (2 << 20) - 129, 1, NULL);
    tracker_sample(log_, "m", NAN, NULL);
    tracker_sample(log_, "m", INFINITY, NULL);
    tracker_sample(log_, "m", 1, &(tracker_details){.labels = labels});
    tracker_sample(log_, "m", 1, &(tracker_details){.unit = long_text + (2 << 20) - 1025});
    tracker_note(log_, NULL, long_text);
    tracker_sample(log_, "good", 1, NULL);
    tracker_flush(log_);
    tracker_sample(log_, "good", 1, NULL);
    free(long_text);
}

static void acknowledge(void) {
    for (int i = 0; i < count; i++) {
        tracker_sample(log_, "n", i, NULL);
        if (i % 10 == 9 && tracker_flush(log_)) {
            printf("%d\n", i + 1);
            fflush(stdout);
        }
    }
}

static void quiet(void) {
    tracker_sample(log_, "n", 0, NULL);
    usleep((useconds_t)count * 1000);
    tracker_sample(log_, "n", 1, NULL);
    puts("1");
    fflush(stdout);
    sleep(60);
}

static void overflow(void) {
    samples("n");
    puts("full");
    fflush(stdout);
    getchar();
    tracker_flush(log_);
}

static void threads(void) {
    pthread_t all[2];
    pthread_create(&all[0], NULL, thread, "t0");
    pthread_create(&all[1], NULL, thread, "t1");
    for (int i = 0; i < 2; i++) pthread_join(all[i], NULL);
}

static void forked(void) {
    samples("before");
    pid_t child = fork();
    samples(child ? "parent" : "child");
    if (!child) exit(0);
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
    const char *scenario = argc > 1 ? argv[1] : "";
    count = argc > 2 ? atoi(argv[2]) : 0;
    const char *rotate = getenv("CONFORMANCE_ROTATE");
    log_ = tracker_open(&(tracker_options){
        .session = getenv("CONFORMANCE_SESSION"), .name = "Grüße, 世界 😀", .rotate_bytes = rotate ? (size_t)atol(rotate) : 0});
    if (!strcmp(scenario, "story")) story();
    if (!strcmp(scenario, "samples") || !strcmp(scenario, "exit")) samples("n");
    if (!strcmp(scenario, "threads")) threads();
    if (!strcmp(scenario, "fork")) forked();
    if (!strcmp(scenario, "bad")) bad();
    if (!strcmp(scenario, "acknowledge")) acknowledge();
    if (!strcmp(scenario, "quiet")) quiet();
    if (!strcmp(scenario, "overflow")) overflow();
    if (!strcmp(scenario, "exit")) return 0;
    char error[256];
    tracker_flush(log_);
    printf("dropped %llu\n", (unsigned long long)tracker_dropped(log_));
    if (tracker_error(log_, error, sizeof error)) printf("error %s\n", error);
    tracker_close(log_);
    puts("done");
}
