#!/bin/sh
# The scenarios of clients/conformance, as these functions write them: conformance.sh SCENARIO COUNT.
set -u
. "$(dirname "$0")/local_tracker.sh"

scenario=$1 count=$2
TRACKER_SESSION=$CONFORMANCE_SESSION
[ -z "${CONFORMANCE_ROTATE-}" ] || TRACKER_ROTATE_BYTES=$CONFORMANCE_ROTATE
tracker_open 'Grüße, 世界 😀'

samples() {
    i=0
    while [ "$i" -lt "$count" ]; do
        tracker_sample "$1" "$i" unit=ms label:route=/a ts=$((1763899200000 + i))
        i=$((i + 1))
    done
}

# repeat TEXT COUNT
repeat() {
    awk -v text="$1" -v count="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text }'
}

case $scenario in
story)
    newline='
'
    tracker_run_start r1 "warm \"cache\"$newline" http://localhost:3000/ cache=on "größe=$(printf '1\t2\\')"
    tracker_sample http.latency_ms 12.5 run=r1 unit=ms ok=true label:route=/ü/😀 label:status=200
    tracker_sample http.latency_ms 0.1 run=r1 ok=false
    tracker_sample large 1e300 run=r1
    tracker_sample small -1.5e-9 run=r1
    tracker_sample no_run 3
    tracker_note "$(printf 'line one\nline two \001\177 \342\200\250')"
    tracker_run_finish r1 failed ;;
samples) samples n ;;
bad)
    labels=$(i=0; while [ $i -lt 33 ]; do echo "label:l$i=x"; i=$((i + 1)); done)
    tracker_sample "" 1
    tracker_sample "$(repeat m 129)" 1
    tracker_sample m nan
    tracker_sample m 1e999
    # shellcheck disable=SC2086 # one option a word
    tracker_sample m 1 $labels
    tracker_sample m 1 "unit=$(repeat m 1025)"
    tracker_note "$(repeat m 2097152)"
    tracker_sample good 1
    tracker_flush
    tracker_sample good 1 ;;
acknowledge)
    i=0
    while [ "$i" -lt "$count" ]; do
        tracker_sample n "$i" ts=$((1763899200000 + i))
        i=$((i + 1))
        [ $((i % 10)) -ne 0 ] || ! tracker_flush || echo "$i"
    done ;;
overflow)
    samples n
    echo full
    read -r line
    tracker_flush ;;
fork)
    samples before
    (samples child; tracker_close) &
    wait
    samples parent ;;
esac
tracker_close
echo "dropped $tracker_dropped"
[ -z "$tracker_error" ] || echo "error $tracker_error"
echo done
