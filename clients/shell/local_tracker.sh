# shellcheck shell=sh
# Local Tracker, functions for a POSIX shell: source this file. Linux and macOS; zstd, or else gzip.
#
#     . ./local_tracker.sh
#     trap tracker_close EXIT
#     tracker_open "cache off, then on"
#     tracker_run_start r1 "warm cache" http://localhost:3000/
#     tracker_sample http.latency_ms 12.5 run=r1 unit=ms ok=true label:route=/ label:status=200
#     tracker_run_finish r1
#
# Events are queued in a variable and written as one frame of 100 events, or of what `tracker_flush` and
# `tracker_close` find: call one of these at the end. Nothing here ends the shell, also under `set -e` in
# a condition: a function returns 1 for what it did not accept or write, `tracker_dropped` counts such
# events and `tracker_error` has the reason. The format is docs/FORMAT.md of the tracker.

tracker_frame_events=100
tracker_max_line=1048576
tracker_max_queued=262144 # a shell is slow with long texts, so less than other clients keep
tracker_max_labels=32
tracker_max_name=1024
tracker_max_folder=200
tracker_newline='
'

# tracker_open [NAME]: a session, from TRACKER_DATA, LOCAL_TRACKER_USER_ID and TRACKER_SESSION, else a new one.
# TRACKER_ROTATE_BYTES is the size at which a new file is started.
tracker_open() {
    tracker_data=${TRACKER_DATA:-data} tracker_user=${LOCAL_TRACKER_USER_ID:-anonymous}
    tracker_session=${TRACKER_SESSION:-$(date -u +%Y%m%d-%H%M%S)-$(_tracker_hex 4)}
    tracker_rotate=${TRACKER_ROTATE_BYTES:-67108864}
    tracker_dropped=0 tracker_error='' tracker_unusable=''
    if command -v zstd >/dev/null 2>&1; then tracker_ending=jsonl.zst; else tracker_ending=jsonl.gz; fi
    _tracker_reset
    tracker_folder=log/$(_tracker_name "$tracker_user")/$(_tracker_name "$tracker_session")
    case "${#tracker_user}:${#tracker_session}" in 0:* | *:0) tracker_unusable=1 ;; esac
    _tracker_string "$tracker_session"
    tracker_session_json=$_tracker_json
    for _tracker_part in "${tracker_folder#log/*/}" "${tracker_folder%/*}"; do
        [ "${#_tracker_part}" -le "$tracker_max_folder" ] || tracker_unusable=1
    done
    [ -z "$tracker_unusable" ] || tracker_error="the id of a user or session is empty or too long"
    [ -n "$tracker_unusable" ] || _tracker_make_folder || :
    _tracker_members='"event":"session"'
    [ -z "${1-}" ] || _tracker_member name "$1"
    _tracker_member user "$tracker_user"
    _tracker_member host "$(uname -n)"
    _tracker_accept ''
}

# tracker_sample METRIC VALUE [run=ID] [unit=UNIT] [ok=true|false] [ts=UNIX_MS] [label:KEY=VALUE]...
tracker_sample() {
    if [ -z "${1-}" ] || { [ "${#1}" -gt 128 ] && [ "$(_tracker_length "$1")" -gt 128 ]; }; then
        _tracker_refuse "metric is not a string of 1 to 128 characters"
        return 1
    fi
    _tracker_is_number "${2-}" || { _tracker_refuse "value is not a number that JSON allows"; return 1; }
    _tracker_members=''
    _tracker_member metric "$1"
    _tracker_members="$_tracker_members,\"value\":$2" _tracker_labels='' _tracker_count=0 _tracker_ts=''
    shift 2
    for _tracker_option; do
        _tracker_key=${_tracker_option%%=*} _tracker_value=${_tracker_option#*=}
        [ "${#_tracker_key}" -le "$tracker_max_name" ] || { _tracker_refuse "name longer than 1,024 bytes"; return 1; }
        case $_tracker_option in
        run=* | unit=*)
            [ "${#_tracker_value}" -le "$tracker_max_name" ] || { _tracker_refuse "name longer than 1,024 bytes"; return 1; }
            _tracker_member "$_tracker_key" "$_tracker_value" ;;
        ok=true | ok=false) _tracker_members="$_tracker_members,\"ok\":$_tracker_value" ;;
        ts=*[!0-9]* | ts=) _tracker_refuse "ts is not Unix milliseconds"; return 1 ;;
        ts=*) _tracker_ts=$_tracker_value ;;
        label:*=*)
            _tracker_count=$((_tracker_count + 1))
            _tracker_string "${_tracker_key#label:}"
            _tracker_labels="$_tracker_labels,$_tracker_json"
            _tracker_string "$_tracker_value"
            _tracker_labels="$_tracker_labels:$_tracker_json" ;;
        *) _tracker_refuse "unknown option: $_tracker_option"; return 1 ;;
        esac
    done
    [ "$_tracker_count" -le "$tracker_max_labels" ] || { _tracker_refuse "more than 32 labels"; return 1; }
    [ -z "$_tracker_labels" ] || _tracker_members="$_tracker_members,\"labels\":{${_tracker_labels#,}}"
    _tracker_members=${_tracker_members#,}
    _tracker_accept "$_tracker_ts"
}

# tracker_run_start ID [TEST [TARGET [KEY=VALUE]...]]
tracker_run_start() {
    _tracker_members='"event":"run_started"' _tracker_labels=''
    _tracker_run "${1-}" || return 1
    [ -z "${2-}" ] || _tracker_member test "$2"
    [ -z "${3-}" ] || _tracker_member target "$3"
    if [ $# -gt 3 ]; then
        shift 3
        for _tracker_option; do
            _tracker_string "${_tracker_option%%=*}"
            _tracker_labels="$_tracker_labels,$_tracker_json"
            _tracker_string "${_tracker_option#*=}"
            _tracker_labels="$_tracker_labels:$_tracker_json"
        done
        _tracker_members="$_tracker_members,\"params\":{${_tracker_labels#,}}"
    fi
    _tracker_accept ''
}

# tracker_run_finish ID [finished|failed|stopped]
tracker_run_finish() {
    _tracker_members='"event":"run_finished"'
    _tracker_run "${1-}" || return 1
    case ${2-finished} in
    finished | failed | stopped) _tracker_member state "${2-finished}" ;;
    *) _tracker_refuse "state is not finished, failed or stopped"; return 1 ;;
    esac
    _tracker_accept ''
}

# tracker_note TEXT [RUN]
tracker_note() {
    _tracker_members='"event":"note"'
    _tracker_member text "${1-}"
    [ -z "${2-}" ] || _tracker_run "$2" || return 1
    _tracker_accept ''
}

# tracker_flush: writes what is queued. When it succeeds, a killed script loses nothing of it.
tracker_flush() {
    _tracker_look_at_fork
    [ -z "${tracker_unusable-1}" ] || return 1
    [ "$tracker_events" -gt 0 ] || return 0
    _tracker_write && return 0
    return 1
}

# tracker_close: writes, and gives the file back. What could not be written counts as dropped.
tracker_close() {
    tracker_flush || :
    tracker_dropped=$((tracker_dropped + tracker_events)) tracker_events=0 tracker_queue=''
    [ -z "$tracker_segment" ] || exec 8>&-
    tracker_segment=''
    [ "$tracker_dropped" -eq 0 ]
}

_tracker_reset() {
    tracker_writer=$(_tracker_hex 8) tracker_queue='' tracker_events=0 tracker_seq=0 tracker_number=0
    tracker_segment='' tracker_size=0 tracker_failing='' tracker_reported=$tracker_dropped
    _tracker_pid
    tracker_pid=$_tracker_found_pid
}

# The process that runs this shell: $$ names the parent in a subshell. Without /proc a subshell must call tracker_open.
_tracker_pid() {
    _tracker_found_pid=$$
    [ ! -r /proc/self/stat ] || read -r _tracker_found_pid _tracker_rest </proc/self/stat
}

# In a subshell: what is queued stays the parent's; the subshell makes its own file.
_tracker_look_at_fork() {
    _tracker_pid
    [ "$_tracker_found_pid" = "$tracker_pid" ] || _tracker_reset
}

_tracker_refuse() {
    _tracker_look_at_fork
    tracker_dropped=$((tracker_dropped + 1)) tracker_error=$1
    return 1
}

_tracker_run() {
    if [ -z "$1" ] || [ "${#1}" -gt "$tracker_max_name" ]; then
        _tracker_refuse "run is not a string of 1 to 1,024 bytes"
        return 1
    fi
    _tracker_member run "$1"
}

_tracker_accept() {
    _tracker_look_at_fork
    [ -z "$tracker_unusable" ] || { _tracker_refuse "$tracker_error"; return 1; }
    [ -n "$1" ] || set -- "$(date +%s)000"
    _tracker_line="{\"ts\":$1,$_tracker_members}"
    [ "${#_tracker_line}" -le "$tracker_max_line" ] || { _tracker_refuse "line longer than 1 MiB"; return 1; }
    if [ "$tracker_events" -gt 0 ] && [ $((${#tracker_queue} + ${#_tracker_line})) -gt "$tracker_max_queued" ]; then
        # A disk that failed is tried again with every hundredth event, not with each.
        if [ -n "$tracker_failing" ] && [ $((tracker_dropped % tracker_frame_events)) -ne 0 ] || ! _tracker_write; then
            _tracker_refuse "the queue is full"
            return 1
        fi
    fi
    tracker_queue=$tracker_queue$_tracker_line$tracker_newline tracker_events=$((tracker_events + 1))
    [ $((tracker_events % tracker_frame_events)) -ne 0 ] || _tracker_write || :
}

# One append of the whole frame by dd. What did not fit is cut off again, never continued.
_tracker_write() {
    tracker_failing=1 # until the frame is written
    if [ -z "$tracker_segment" ] || [ "$tracker_size" -ge "$tracker_rotate" ]; then
        _tracker_next_segment || return 1
    fi
    _tracker_more='' _tracker_lost=$((tracker_dropped - tracker_reported))
    [ "$_tracker_lost" -eq 0 ] || _tracker_more=",\"dropped\":$_tracker_lost"
    _tracker_header="{\"frame\":1,\"session\":$tracker_session_json,\"writer\":\"$tracker_writer\",\"seq\":$tracker_seq"
    _tracker_header="$_tracker_header,\"events\":$tracker_events,\"at\":$(date +%s)000$_tracker_more}"
    _tracker_frame=$(umask 077 && mktemp "${TMPDIR:-/tmp}/tracker.XXXXXX") ||
        { tracker_error="mktemp failed"; return 1; }
    if printf '%s\n%s' "$_tracker_header" "$tracker_queue" | _tracker_compress >"$_tracker_frame" 2>/dev/null &&
        _tracker_bytes=$(wc -c <"$_tracker_frame") &&
        dd if="$_tracker_frame" bs=4194304 status=none >&8 2>/dev/null; then
        tracker_size=$((tracker_size + _tracker_bytes)) tracker_seq=$((tracker_seq + 1))
        tracker_events=0 tracker_queue='' tracker_reported=$tracker_dropped tracker_failing=''
        rm -f "$_tracker_frame"
        return 0
    fi
    rm -f "$_tracker_frame"
    tracker_error="cannot write $tracker_segment"
    # The size is this shell's alone to set: nobody else writes the file. dd cuts it, whatever the position.
    dd if=/dev/null of="$tracker_segment" bs=1 seek="$tracker_size" status=none 2>/dev/null || tracker_segment=''
    return 1
}

_tracker_compress() {
    if [ "$tracker_ending" = jsonl.zst ]; then zstd -qc --check; else gzip -c; fi
}

# Makes the folders and checks the format of the data folder, before anything is written.
_tracker_make_folder() {
    (umask 077 && mkdir -p "$tracker_data") 2>/dev/null || { tracker_error="cannot make $tracker_data"; return 1; }
    if [ ! -e "$tracker_data/tracker.json" ]; then # made whole, and never over that of another writer
        _tracker_frame=$tracker_data/tracker.json.$tracker_writer.tmp
        (umask 077 && printf '{"format":1}\n' >"$_tracker_frame") 2>/dev/null ||
            { tracker_error="cannot write into $tracker_data"; return 1; }
        ln "$_tracker_frame" "$tracker_data/tracker.json" 2>/dev/null || : # without the file it is format 1
        rm -f "$_tracker_frame"
    fi
    if [ -e "$tracker_data/tracker.json" ] &&
        ! tr -d ' \t\r\n' <"$tracker_data/tracker.json" | grep -q '"format":1\(\.0*\)\{0,1\}[,}]'; then
        tracker_unusable=1
        tracker_error="$tracker_data/tracker.json does not name format 1: use a newer client, or another folder"
        return 1
    fi
    _tracker_rest=$tracker_folder/ _tracker_path=$tracker_data
    while [ -n "$_tracker_rest" ]; do
        _tracker_path=$_tracker_path/${_tracker_rest%%/*} _tracker_rest=${_tracker_rest#*/}
        (umask 077 && mkdir "$_tracker_path") 2>/dev/null || :
        if [ -L "$_tracker_path" ] || [ ! -d "$_tracker_path" ]; then
            tracker_error="$_tracker_path is no folder"
            return 1
        fi
    done
}

_tracker_next_segment() {
    _tracker_make_folder || return 1
    _tracker_next=$tracker_data/$tracker_folder/$tracker_writer.$(printf '%06d' $((tracker_number + 1))).$tracker_ending
    (umask 077 && set -C && : >"$_tracker_next") 2>/dev/null || { tracker_error="cannot create $_tracker_next"; return 1; }
    exec 8>>"$_tracker_next"
    ! command -v flock >/dev/null 2>&1 || flock -s -n 8 || :
    tracker_segment=$_tracker_next tracker_size=0 tracker_number=$((tracker_number + 1))
}

# The id as a directory name: one id, one name, also where the file system folds case.
_tracker_name() {
    printf '%s' "$1" | od -An -v -tx1 | tr -s ' \n' '\n\n' | awk '
        NF { count++
             code = index("0123456789abcdef", substr($1, 1, 1)) * 16 + index("0123456789abcdef", substr($1, 2, 1)) - 17
             plain = (code > 96 && code < 123) || (code > 47 && code < 58) || code == 95 || (count > 1 && (code == 45 || code == 46))
             if (plain) printf "%c", code; else printf "%%%s", $1 }'
}

_tracker_member() {
    _tracker_string "$2"
    _tracker_members="$_tracker_members,\"$1\":$_tracker_json"
}

# In _tracker_json: the text as a JSON string. Bytes that are no UTF-8 must not come: the reader refuses the line.
_tracker_string() {
    case $1 in
    *[\"\\]* | *[[:cntrl:]]*)
        _tracker_json=\"$(printf '%s' "$1" | LC_ALL=C awk '
            BEGIN { for (i = 1; i < 32; i++) escape[sprintf("%c", i)] = sprintf("\\u%04x", i)
                    escape["\""] = "\\\""; escape["\\"] = "\\\\" }
            { if (NR > 1) printf "\\n"
              n = length($0)
              for (i = 1; i <= n; i++) { c = substr($0, i, 1); printf "%s", (c in escape) ? escape[c] : c } }')
        case $1 in *"$tracker_newline") _tracker_json="$_tracker_json\\n" ;; esac
        _tracker_json=$_tracker_json\" ;;
    *) _tracker_json=\"$1\" ;;
    esac
}

# A number as JSON spells it, within a double's range.
_tracker_is_number() {
    case $1 in
    '' | *[!0-9.eE+-]* | 0[0-9]* | -0[0-9]* | *[!0-9]) return 1 ;;
    *[.eE+-]*) printf '%s\n' "$1" | LC_ALL=C awk '
        !/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/ || length($0) > 255 || $0 + 0 > 1.7e308 || $0 + 0 < -1.7e308 { exit 1 }' ;;
    *) [ "${#1}" -le 255 ] ;;
    esac
}

# Characters. In a shell that knows no UTF-8, `${#1}` counts bytes.
_tracker_length() {
    printf '%s' "$1" | LC_ALL=C tr -d '\200-\277' | wc -c
}

_tracker_hex() {
    od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}
