// zlib as it is installed (Debian: zlib1g-dev), for segments that a language without zstd wrote as gzip.
#include <zlib.h>
