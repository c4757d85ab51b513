/// The columns of the table of samples that `tracker export --format csv` writes.
package enum EventColumns {
    /// In their order; the labels follow, each in a column of its own.
    package static let names = [
        "session", "run", "time_unix_ms", "metric", "unit", "value", "ok", "count", "errors",
        "sum", "min", "max", "duration_ms", "buckets",
    ]
    /// What stands before the name of a label in its column's name.
    package static let labelPrefix = "label."

    package enum Place: Int {
        case session, run, time, metric, unit, value, ok, count, errors
        case sum, min, max, duration, buckets
    }
}
