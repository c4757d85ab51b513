// The scenarios of clients/conformance, as this client writes them: conformance SCENARIO COUNT.
#include "local_tracker.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using local_tracker::Details;

static void samples(local_tracker::Log& log, const char* metric, int count) {
    for (int i = 0; i < count; i++)
        log.sample(metric, i, Details().unit("ms").label("route", "/a").ts(1763899200000 + i));
}

static void story(local_tracker::Log& log) {
    auto run = log.run_with_id("r1", "warm \"cache\"\n", "http://localhost:3000/", {{"cache", "on"}, {"größe", "1\t2\\"}});
    run.sample("http.latency_ms", 12.5, Details().unit("ms").ok(true).label("route", "/ü/😀").label("status", "200"));
    run.sample("http.latency_ms", 0.1, Details().ok(false));
    run.sample("large", 1e300);
    run.sample("small", -1.5e-9);
    log.sample("no_run", 3);
    log.note("line one\nline two \x01\x7f \u2028");
    run.finish("failed");
}

static void bad(local_tracker::Log& log) {
    Details labels;
    for (int i = 0; i < 33; i++) labels.label("l" + std::to_string(i), "x");
    log.sample("", 1);
    log.sample(std::string(129, 'm'), 1);
    log.sample("m", std::numeric_limits<double>::quiet_NaN());
    log.sample("m", std::numeric_limits<double>::infinity());
    log.sample("m", 1, labels);
    log.sample("m", 1, Details().unit(std::string(1025, 'm')));
    log.note(std::string(2 << 20, 'm'));
    log.sample("good", 1);
    log.flush();
    log.sample("good", 1);
}

static void acknowledge(local_tracker::Log& log, int count) {
    for (int i = 0; i < count; i++) {
        log.sample("n", i);
        if (i % 10 == 9 && log.flush()) {
            std::printf("%d\n", i + 1);
            std::fflush(stdout);
        }
    }
}

static void quiet(local_tracker::Log& log, int milliseconds) {
    log.sample("n", 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    log.sample("n", 1);
    std::puts("1");
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::minutes(1));
}

static void overflow(local_tracker::Log& log, int count) {
    samples(log, "n", count);
    std::puts("full");
    std::fflush(stdout);
    std::getchar();
    log.flush();
}

static void forked(local_tracker::Log& log, int count) {
    samples(log, "before", count);
    const pid_t child = fork();
    samples(log, child ? "parent" : "child", count);
    if (!child) std::exit(0);
    waitpid(child, nullptr, 0);
}

int main(int argc, char** argv) {
    const std::string scenario = argc > 1 ? argv[1] : "";
    const int count = argc > 2 ? std::atoi(argv[2]) : 0;
    const char* rotate = std::getenv("CONFORMANCE_ROTATE");
    local_tracker::Options options;
    options.session = std::getenv("CONFORMANCE_SESSION");
    options.name = "Grüße, 世界 😀";
    options.rotate_bytes = rotate ? std::strtoul(rotate, nullptr, 10) : 0;
    local_tracker::Log log(options);
    if (scenario == "story") story(log);
    if (scenario == "samples" || scenario == "exit") samples(log, "n", count);
    if (scenario == "bad") bad(log);
    if (scenario == "acknowledge") acknowledge(log, count);
    if (scenario == "quiet") quiet(log, count);
    if (scenario == "overflow") overflow(log, count);
    if (scenario == "fork") forked(log, count);
    if (scenario == "threads") {
        std::thread one([&] { samples(log, "t0", count); }), two([&] { samples(log, "t1", count); });
        one.join();
        two.join();
    }
    if (scenario == "exit") std::exit(0);
    log.flush();
    std::printf("dropped %llu\n", static_cast<unsigned long long>(log.dropped()));
    if (!log.error().empty()) std::printf("error %s\n", log.error().c_str());
    log.close();
    std::puts("done");
}
