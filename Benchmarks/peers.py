#!/usr/bin/env python3
"""The same question put to other programs: count, errors, sum, min, max and four percentiles of each series.

    peers.py duckdb|clickhouse|zstd FOLDER THREADS

Prints `{"series": …, "events": …}`. `zstd` only decompresses, and prints the bytes: the floor under any reader.
They group by file, not by session, which is less work; none of them checks identities or makes curves over time.
"""
import concurrent.futures
import glob
import json
import sys

FILES = "/log/*/*/*.jsonl.zst"
QUANTILES = "0.5, 0.9, 0.95, 0.99"


def duckdb(folder, threads):
    import duckdb as engine

    connection = engine.connect(config={"threads": threads})
    rows = connection.execute("""
        SELECT filename, run, metric, labels, count(*),
               count(*) FILTER (WHERE CAST(labels.status AS INTEGER) >= 400),
               sum(value), min(value), max(value), approx_quantile(value, [%s])
        FROM read_json($files, format = 'newline_delimited', filename = true, columns = {
            ts: 'DOUBLE', metric: 'VARCHAR', value: 'DOUBLE', run: 'VARCHAR',
            labels: 'STRUCT(route VARCHAR, status VARCHAR)'})
        WHERE metric IS NOT NULL
        GROUP BY filename, run, metric, labels""" % QUANTILES, {"files": folder + FILES}).fetchall()
    return {"series": len(rows), "events": sum(row[4] for row in rows)}


def clickhouse(folder, threads):
    import chdb

    answer = str(chdb.query("""
        SELECT _path, run, metric, labels, count() AS events,
               countIf(toUInt16OrZero(labels['status']) >= 400),
               sum(value), min(value), max(value), quantilesTDigest(%s)(value)
        FROM file('%s', JSONEachRow, 'ts Float64, metric LowCardinality(String), value Float64,
            run LowCardinality(String), labels Map(String, String)')
        WHERE metric != ''
        GROUP BY _path, run, metric, labels
        SETTINGS max_threads = %d""" % (QUANTILES, folder + FILES, threads), "JSONCompactEachRow"))
    rows = [json.loads(line) for line in answer.splitlines()]
    return {"series": len(rows), "events": sum(int(row[4]) for row in rows)}


def zstd(folder, threads):
    import zstandard

    def size(path):
        total = 0
        with open(path, "rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            while chunk := reader.read(1 << 20):
                total += len(chunk)
        return total

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return {"bytes": sum(pool.map(size, sorted(glob.glob(folder + FILES))))}


def main():
    name, folder, threads = sys.argv[1:]
    print(json.dumps({"duckdb": duckdb, "clickhouse": clickhouse, "zstd": zstd}[name](folder, int(threads))))


if __name__ == "__main__":
    main()
