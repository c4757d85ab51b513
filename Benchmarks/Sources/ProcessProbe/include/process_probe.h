// What a benchmark asks of its own process.
#include <stdint.h>

// Allocations so far: of all threads, and of the calling one. Every malloc, calloc, realloc and
// aligned allocation counts as one.
uint64_t probe_allocations(void);
uint64_t probe_thread_allocations(void);

// From now on this thread, and those it starts, share one core. 0, or errno.
int probe_use_one_core(void);
