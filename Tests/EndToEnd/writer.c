/* A writer of docs/FORMAT.md in C: FRAMES frames of three samples each, appended to SEGMENT, a file that must not exist.
   cc writer.c -lzstd -o writer && ./writer SEGMENT SESSION FRAMES */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

int main(int count, char **arguments) {
    if (count != 4) return 2;
    int segment = open(arguments[1], O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (segment < 0 || !context) return 1;
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    for (int seq = 0; seq < atoi(arguments[3]); seq++) {
        char text[1024], frame[2048];
        int length = snprintf(text, sizeof text,
            "{\"frame\":1,\"session\":\"%s\",\"writer\":\"c0c0c0c0c0c0c0c0\",\"seq\":%d,\"events\":3}\n",
            arguments[2], seq);
        for (int line = 0; line < 3; line++)
            length += snprintf(text + length, sizeof text - (size_t)length,
                "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":%d}\n", seq * 3 + line);
        size_t size = ZSTD_compress2(context, frame, sizeof frame, text, (size_t)length);
        /* One frame, one write: appends of others do not get in between. */
        if (ZSTD_isError(size) || write(segment, frame, size) != (ssize_t)size) return 1;
    }
    return fdatasync(segment) == 0 && close(segment) == 0 ? 0 : 1;
}
