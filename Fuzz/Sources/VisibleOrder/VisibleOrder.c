// Makes what Swift's runtime orders visible to ThreadSanitizer, on Linux. Nothing is suppressed by it: whoever
// does not take a lock, or is not resumed by another, is still seen.
//
// Tasks and continuations: the runtime tells the sanitizer that what was done before a task was resumed comes
// before what the task does then, once the sanitizer has told the runtime that it is there, by
// `__tsan_on_initialize`. On Linux it does not: the sanitizer is in the program, the runtime in a library. And a
// task that was resumed before it waits goes on without a word: here each says so as it goes on.
//
// `Mutex`: what it does when no other thread wants it is compiled into the caller, and the sanitizer sees
// it. What it does when another does is in libswiftSynchronization.so, which is built without the
// sanitizer and waits by futex: a value that is handed over there looks like a race. These functions
// stand before the library's own, call them, and tell the sanitizer what they order.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SELF __attribute__((swift_context)) void *mutex
#define SWIFT __attribute__((swiftcall))

// _MutexHandle._lockSlow(_: UInt32), _tryLockSlow() -> Bool, _unlockSlow().
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void visible_lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT bool visible_try_lock(SELF) __asm__(TRY_LOCK);
SWIFT void visible_unlock(SELF) __asm__(UNLOCK);

static SWIFT void (*library_lock)(uint32_t thread, SELF);
static SWIFT bool (*library_try_lock)(SELF);
static SWIFT void (*library_unlock)(SELF);

#define ASYNC __attribute__((swiftasynccall))
#define UNSEEN __attribute__((disable_sanitizer_instrumentation))

// Of libswift_Concurrency. A continuation is known by its task.
SWIFT void *swift_task_getCurrent(void);
typedef ASYNC void Continue(__attribute__((swift_async_context)) void *context);
static ASYNC void (*library_await)(void *context);

// The beginning of each context of a task.
struct context { struct context *parent; Continue *resume; };

static void *find(const char *symbol) {
    void *address = dlsym(RTLD_NEXT, symbol);
    if (!address) {
        fprintf(stderr, "VisibleOrder: this Swift has no %s\n", symbol);
        abort();
    }
    return address;
}

__attribute__((constructor)) static void find_library(void) {
    library_lock = find(LOCK);
    library_try_lock = find(TRY_LOCK);
    library_unlock = find(UNLOCK);
    library_await = find("swift_continuation_await");
    ((void (*)(void))find("__tsan_on_initialize"))();
}

// Where tasks go on that wait for a continuation. Not instrumented, as nothing here may order what others do.
struct waiting { struct waiting *next; struct context *context; Continue *resume; };
static struct waiting *waiting[1024];
static _Atomic bool is_locked[1024];

UNSEEN static size_t place(const void *context) { return ((uintptr_t)context >> 4) % 1024; }

UNSEEN static void lock_place(size_t at) {
    while (atomic_exchange(&is_locked[at], true)) {}
}

UNSEEN static void remember(struct context *context) {
    struct waiting *one = malloc(sizeof *one);
    if (!one) abort();
    size_t at = place(context);
    lock_place(at);
    *one = (struct waiting){waiting[at], context, context->resume};
    waiting[at] = one;
    atomic_store(&is_locked[at], false);
}

UNSEEN static Continue *recall(const struct context *context) {
    size_t at = place(context);
    lock_place(at);
    struct waiting **link = &waiting[at];
    while (*link && (*link)->context != context) link = &(*link)->next;
    struct waiting *one = *link;
    if (!one) abort();
    *link = one->next;
    atomic_store(&is_locked[at], false);
    Continue *resume = one->resume;
    free(one);
    return resume;
}

// Where a task goes on first, whichever way it was resumed.
UNSEEN static ASYNC void resumed(__attribute__((swift_async_context)) void *context) {
    __tsan_acquire(swift_task_getCurrent());
    struct context *this = context;
    this->resume = recall(this);
    __attribute__((musttail)) return this->resume(context);
}

UNSEEN ASYNC void swift_continuation_await(void *context) {
    struct context *this = context;
    remember(this);
    this->resume = resumed;
    __attribute__((musttail)) return library_await(context);
}

SWIFT void visible_lock(uint32_t thread, SELF) {
    library_lock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT bool visible_try_lock(SELF) {
    bool is_locked = library_try_lock(mutex);
    if (is_locked) __tsan_acquire(mutex);
    return is_locked;
}

SWIFT void visible_unlock(SELF) {
    __tsan_release(mutex);
    library_unlock(mutex);
}
