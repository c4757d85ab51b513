/* LD_PRELOAD: the wall clock as a test sets it, and a disk that answers when the test wants it to.

   The test and the program share the page in the file CLOCK_STEP_PAGE. Calls that wait by the wall
   clock end as they would in the kernel: when the clock that was set has reached their deadline. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct page {
    int64_t offset_ns; /* added to the wall clock */
    int64_t hold;      /* writes to segments: 1 wait before the write, 2 wait after it */
    int64_t held;      /* how many wait now */
    int64_t fails;     /* those that waited fail */
    int64_t expires;   /* long waits by the monotonic clock end at once, without an answer */
    int64_t syncs;     /* calls of fdatasync */
};
static struct page none, *page = &none;

#define SECOND 1000000000LL
#define SLICE (5 * SECOND / 1000)
#define LONG (5 * SECOND)

static void *real(const char *name) {
    void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2"); /* of condition variables the newer */
    return found ? found : dlsym(RTLD_NEXT, name);
}
#define REAL(name) \
    static __typeof__(&name) call; \
    if (!call) call = (__typeof__(&name))real(#name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CLOCK_STEP_PAGE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(0, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) page = shared;
    close(file);
}

static int64_t load(int64_t *field) { return __atomic_load_n(field, __ATOMIC_SEQ_CST); }
static int64_t nanoseconds(const struct timespec *time) { return time->tv_sec * SECOND + time->tv_nsec; }
static struct timespec timespec_of(int64_t ns) {
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

static int is_wall(clockid_t id) {
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_REALTIME_ALARM || id == CLOCK_TAI;
}

static int64_t true_ns(clockid_t id) {
    REAL(clock_gettime);
    struct timespec now;
    call(id, &now);
    return nanoseconds(&now);
}

int clock_gettime(clockid_t id, struct timespec *now) {
    REAL(clock_gettime);
    int result = call(id, now);
    if (result == 0 && is_wall(id)) *now = timespec_of(nanoseconds(now) + load(&page->offset_ns));
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    int64_t ns = true_ns(CLOCK_REALTIME) + load(&page->offset_ns);
    now->tv_sec = ns / SECOND;
    now->tv_usec = ns % SECOND / 1000;
    return 0;
}

time_t time(time_t *place) {
    time_t now = (true_ns(CLOCK_REALTIME) + load(&page->offset_ns)) / SECOND;
    if (place) *place = now;
    return now;
}

/* The end of the next slice of a wait, in true time; 0 when the deadline has passed. */
static int64_t slice(clockid_t id, int64_t deadline) {
    int64_t now = true_ns(id);
    int64_t left = deadline - now - (is_wall(id) ? load(&page->offset_ns) : 0);
    if (left <= 0 || (!is_wall(id) && left > LONG && load(&page->expires))) return 0;
    return now + (left < SLICE ? left : SLICE);
}

/* Which clock a condition variable waits by. */
#define CONDITIONS (1 << 16)
static struct { void *condition; clockid_t clock; } clocks[CONDITIONS];
static pthread_mutex_t clocks_lock = PTHREAD_MUTEX_INITIALIZER;

static clockid_t clock_of(void *condition, const clockid_t *set) {
    clockid_t found = CLOCK_REALTIME;
    pthread_mutex_lock(&clocks_lock);
    for (size_t n = 0, at = (uintptr_t)condition / 16 % CONDITIONS; n < CONDITIONS; n++, at = (at + 1) % CONDITIONS) {
        if (clocks[at].condition && clocks[at].condition != condition) continue;
        if (set) {
            clocks[at].condition = condition;
            clocks[at].clock = *set;
        }
        if (clocks[at].condition) found = clocks[at].clock;
        break;
    }
    pthread_mutex_unlock(&clocks_lock);
    return found;
}

int pthread_cond_init(pthread_cond_t *restrict condition, const pthread_condattr_t *restrict attributes) {
    REAL(pthread_cond_init);
    clockid_t id = CLOCK_REALTIME;
    if (attributes) pthread_condattr_getclock(attributes, &id);
    clock_of(condition, &id);
    return call(condition, attributes);
}

/* Wakes up without a reason after each slice, which every caller must expect. */
int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict time) {
    REAL(pthread_cond_timedwait);
    int64_t until = slice(clock_of(condition, 0), nanoseconds(time));
    if (!until) return ETIMEDOUT;
    struct timespec end = timespec_of(until);
    int result = call(condition, mutex, &end);
    return result == ETIMEDOUT ? 0 : result;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time) {
    REAL(sem_timedwait);
    for (;;) {
        int64_t until = slice(CLOCK_REALTIME, nanoseconds(time));
        struct timespec end = timespec_of(until);
        if (call(semaphore, &end) == 0) return 0;
        if (errno != ETIMEDOUT || !until) return -1;
    }
}

/* libdispatch waits by futexes. */
long syscall(long number, ...) {
    REAL(syscall);
    long word[6];
    va_list list;
    va_start(list, number);
    for (int n = 0; n < 6; n++) word[n] = va_arg(list, long);
    va_end(list);
    struct timespec *time = (struct timespec *)word[3];
    if (number != SYS_futex || !time || (word[1] & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET
        || !(word[1] & FUTEX_CLOCK_REALTIME))
        return call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
    for (;;) {
        int64_t until = slice(CLOCK_REALTIME, nanoseconds(time));
        struct timespec end = timespec_of(until);
        if (call(number, word[0], word[1], word[2], &end, word[4], word[5]) == 0) return 0;
        if (errno != ETIMEDOUT || !until) return -1;
    }
}

int fdatasync(int file) {
    REAL(fdatasync);
    int result = call(file);
    __atomic_add_fetch(&page->syncs, 1, __ATOMIC_SEQ_CST);
    return result;
}

static int is_segment(int file) {
    char link[64], path[4096];
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/data/log/") != 0;
}

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    int64_t hold = load(&page->hold);
    if (!hold || !is_segment(file)) return call(file, bytes, count);
    ssize_t written = hold == 2 ? call(file, bytes, count) : 0;
    __atomic_add_fetch(&page->held, 1, __ATOMIC_SEQ_CST);
    while (load(&page->hold)) usleep(1000);
    __atomic_sub_fetch(&page->held, 1, __ATOMIC_SEQ_CST);
    if (load(&page->fails)) {
        errno = EIO;
        return -1;
    }
    return hold == 2 ? written : call(file, bytes, count);
}
