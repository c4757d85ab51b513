// libzstd as it is installed (Debian: libzstd-dev). Linked statically, so that the binary can be moved.
#include <zstd.h>
#include <zstd_errors.h>
