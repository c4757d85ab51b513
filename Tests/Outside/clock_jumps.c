/* LD_PRELOAD: the clock that measures the age of a segment jumps on by 25 hours every CLOCK_JUMP_MS, so that a
   writer begins a new one. Its waits are by another clock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    static long every_ms, began_ms;
    struct timespec up;
    if (!real) {
        const char *text = getenv("CLOCK_JUMP_MS");
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
        every_ms = text ? atol(text) : 0;
        real(CLOCK_MONOTONIC, &up);
        began_ms = up.tv_sec * 1000 + up.tv_nsec / 1000000;
    }
    int result = real(id, now);
    if (id == CLOCK_BOOTTIME && result == 0 && every_ms > 0) {
        real(CLOCK_MONOTONIC, &up);
        now->tv_sec += (up.tv_sec * 1000 + up.tv_nsec / 1000000 - began_ms) / every_ms * 25 * 3600;
    }
    return result;
}
