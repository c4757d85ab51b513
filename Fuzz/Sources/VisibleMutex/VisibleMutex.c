// Makes Swift's `Mutex` visible to ThreadSanitizer, on Linux.
//
// What `Mutex` does when no other thread wants it is compiled into the caller, and the sanitizer sees
// it. What it does when another does is in libswiftSynchronization.so, which is built without the
// sanitizer and waits by futex: a value that is handed over there looks like a race. These functions
// stand before the library's own, call them, and tell the sanitizer what they order. Nothing is
// suppressed by it: whoever does not take the lock is still seen.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
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

static void *find(const char *symbol) {
    void *address = dlsym(RTLD_NEXT, symbol);
    if (!address) {
        fprintf(stderr, "VisibleMutex: this Swift's Mutex has no %s: see its MutexHandle\n", symbol);
        abort();
    }
    return address;
}

__attribute__((constructor)) static void find_library(void) {
    library_lock = find(LOCK);
    library_try_lock = find(TRY_LOCK);
    library_unlock = find(UNLOCK);
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
