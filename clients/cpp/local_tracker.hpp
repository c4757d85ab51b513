// Local Tracker, C++ client: this header over the C client (local_tracker.h, local_tracker.c). C++17.
//
//     local_tracker::Log log({.name = "cache off, then on"});      // C++20; in C++17 set the members one by one
//     auto run = log.run("warm cache", "http://localhost:3000/");
//     run.sample("http.latency_ms", 12.5, local_tracker::Details().unit("ms").label("route", "/"));
//
// A Log is closed, and a Run finished, at the end of its scope: as failed while an exception passes. Nothing
// here throws but std::bad_alloc for the texts of a call. Any thread may call. See local_tracker.h.
#ifndef LOCAL_TRACKER_HPP
#define LOCAL_TRACKER_HPP

#include <cstdint>
#include <exception>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "local_tracker.h"

namespace local_tracker {

using Texts = std::map<std::string, std::string>;

// What is empty or 0 has its default: the environment, and a new session.
struct Options {
    std::string data, user, session, name;
    std::size_t rotate_bytes = 0;
};

// What a sample may have beside its value.
class Details {
public:
    Details& unit(std::string text) { unit_ = std::move(text); return *this; }
    Details& run(std::string id) { run_ = std::move(id); return *this; }
    Details& ok(bool succeeded) { ok_ = succeeded ? TRACKER_OK : TRACKER_FAILED; return *this; }
    Details& label(std::string key, std::string value) { labels_[std::move(key)] = std::move(value); return *this; }
    Details& ts(std::int64_t unix_milliseconds) { ts_ = unix_milliseconds; return *this; }

private:
    friend class Log;
    std::string unit_, run_;
    tracker_outcome ok_ = TRACKER_OK_UNSET;
    Texts labels_;
    std::int64_t ts_ = 0;
};

class Run;

// A session that is being written.
class Log {
public:
    explicit Log(const Options& options = {}) {
        tracker_options plain{};
        plain.data = given(options.data);
        plain.user = given(options.user);
        plain.session = given(options.session);
        plain.name = given(options.name);
        plain.rotate_bytes = options.rotate_bytes;
        log_ = tracker_open(&plain);
    }

    ~Log() { close(); }
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    bool sample(const std::string& metric, double value, const Details& details = {}) {
        const auto labels = pairs(details.labels_);
        tracker_details plain{};
        plain.run = given(details.run_);
        plain.unit = given(details.unit_);
        plain.ok = details.ok_;
        plain.labels = labels.data();
        plain.ts = details.ts_;
        return tracker_sample(log_, metric.c_str(), value, &plain);
    }

    // Starts a run with an id of its own, or of your choice.
    Run run(const std::string& test, const std::string& target, const Texts& params = {});
    Run run_with_id(std::string id, const std::string& test, const std::string& target, const Texts& params = {});

    bool note(const std::string& text) { return tracker_note(log_, nullptr, text.c_str()); }

    // Writes what is queued. When it returns true, a killed program loses nothing of it.
    bool flush() { return tracker_flush(log_); }

    // Returns whether everything was written. Later events are not accepted.
    bool close() { return tracker_close(std::exchange(log_, nullptr)); }

    // Events that were not accepted, or could not be written so far. Before `close`.
    std::uint64_t dropped() const { return tracker_dropped(log_); }

    // The last error; empty without one.
    std::string error() const {
        char text[256] = "";
        tracker_error(log_, text, sizeof text);
        return text;
    }

    std::string session() const { return tracker_session(log_); }

private:
    friend class Run;
    static const char* given(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

    static std::vector<const char*> pairs(const Texts& texts) {
        std::vector<const char*> flat;
        for (const auto& [key, value] : texts) {
            flat.push_back(key.c_str());
            flat.push_back(value.c_str());
        }
        flat.push_back(nullptr);
        return flat;
    }

    tracker_log* log_;
};

// A run of a log, which must live longer.
class Run {
public:
    Run(Log& log, std::string id) : log_(&log), id_(std::move(id)) {}
    Run(Run&& other) noexcept : log_(std::exchange(other.log_, nullptr)), id_(std::move(other.id_)) {}
    Run& operator=(Run&&) = delete;
    ~Run() { if (log_) finish(std::uncaught_exceptions() > exceptions_ ? "failed" : "finished"); }

    const std::string& id() const { return id_; }
    bool sample(const std::string& metric, double value, Details details = {}) {
        return log_ && log_->sample(metric, value, details.run(id_));
    }
    bool note(const std::string& text) { return log_ && tracker_note(log_->log_, id_.c_str(), text.c_str()); }

    // `state`: finished, failed or stopped. Once.
    bool finish(const char* state = "finished") {
        Log* log = std::exchange(log_, nullptr);
        return log && tracker_run_finish(log->log_, id_.c_str(), state);
    }

private:
    Log* log_;
    std::string id_;
    int exceptions_ = std::uncaught_exceptions();
};

inline Run Log::run_with_id(std::string id, const std::string& test, const std::string& target, const Texts& params) {
    tracker_run_start(log_, id.c_str(), given(test), given(target), pairs(params).data());
    return Run(*this, std::move(id));
}

inline Run Log::run(const std::string& test, const std::string& target, const Texts& params) {
    thread_local std::mt19937_64 random{std::random_device{}()};
    static const char* const digits = "0123456789abcdef";
    std::string id = "run-";
    for (int i = 0; i < 8; i++) id += digits[random() % 16];
    return run_with_id(std::move(id), test, target, params);
}

}  // namespace local_tracker

#endif
