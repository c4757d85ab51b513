/* A target that is faster than any load generator: one thread, one answer for everything.
   cc -O2 target.c -o target && ./target; prints its port on 127.0.0.1, and ends with its standard input. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"
enum { most_requests = 64, most_events = 256, most_files = 1 << 16 };

static char answers[sizeof ANSWER * most_requests];
/* How many bytes of an empty line each connection has seen: a request may come in pieces. */
static unsigned char seen[most_files];

/* Answers each whole request; 0 when the connection is over. */
static int serve(int file) {
    char text[16384];
    ssize_t length = read(file, text, sizeof text);
    if (length <= 0) return length < 0 && (errno == EAGAIN || errno == EINTR);
    size_t requests = 0;
    for (ssize_t at = 0; at < length; at++) {
        if (text[at] == "\r\n\r\n"[seen[file]]) seen[file]++;
        else seen[file] = text[at] == '\r';
        if (seen[file] == 4) requests++, seen[file] = 0;
    }
    while (requests > 0) {
        size_t now = requests < most_requests ? requests : most_requests, size = now * (sizeof ANSWER - 1);
        /* Answers are small: a socket that does not take them has a peer that does not read. */
        if (write(file, answers, size) != (ssize_t)size) return 0;
        requests -= now;
    }
    return 1;
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), poll = epoll_create1(0), on = 1;
    if (listener < 0 || poll < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)
        || getsockname(listener, (struct sockaddr *)&address, &size)) return perror("target"), 1;
    for (size_t at = 0; at < most_requests; at++) memcpy(answers + at * (sizeof ANSWER - 1), ANSWER, sizeof ANSWER - 1);
    int watched[] = {listener, STDIN_FILENO};
    for (int at = 0; at < 2; at++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = watched[at]};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, watched[at], &event)) return perror("target"), 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event events[most_events];
    for (;;) {
        int count = epoll_wait(poll, events, most_events, -1);
        for (int at = 0; at < count; at++) {
            int file = events[at].data.fd;
            if (file == STDIN_FILENO) return 0;
            if (file != listener) {
                if (!serve(file)) close(file);
                continue;
            }
            int made = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (made < 0) continue;
            struct epoll_event event = {.events = EPOLLIN, .data.fd = made};
            setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            if (made >= most_files || epoll_ctl(poll, EPOLL_CTL_ADD, made, &event)) close(made);
            else seen[made] = 0;
        }
    }
}
