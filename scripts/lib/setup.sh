# Sourced by scripts/run and scripts/test: makes a machine that has only the Swift toolchain ready.
# Says what it does; does nothing, quickly, when nothing is missing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv="$root/.venv-test"

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need_packages PACKAGE=FILE...: installs each package whose file is missing and that dpkg does not know.
need_packages() {
    local missing=() entry
    for entry in "$@"; do
        [ -e "${entry#*=}" ] || is_installed "${entry%%=*}" || missing+=("${entry%%=*}")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "missing: ${missing[*]}"
    command -v apt-get >/dev/null ||
        die "this machine has no apt-get: install what gives these files: ${*#*=}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "installing needs root: run as root, or first: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing with apt-get: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq </dev/null >&2 ||
        say "apt-get update failed; trying with the package lists that are there"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2 ||
        die "apt-get could not install: ${missing[*]}"
}

need_swift() {
    command -v swift >/dev/null ||
        die "no swift on the PATH: install Swift 6.2 or newer from swift.org, then run this again"
    need_packages libzstd-dev=/usr/include/zstd.h zlib1g-dev=/usr/include/zlib.h
}

need_test_tools() {
    need_packages zstd=/usr/bin/zstd strace=/usr/bin/strace linux-perf=/usr/bin/perf chromium=/usr/bin/chromium \
        binutils=/usr/bin/strip libsqlite3-0=/usr/lib/x86_64-linux-gnu/libsqlite3.so.0 \
        postgresql= \
        fonts-inter=/usr/share/fonts/opentype/inter/Inter-Regular.otf \
        fonts-liberation=/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf
    command -v python3 >/dev/null || need_packages python3=/usr/bin/python3
    # Images of file systems whose power is cut: only root may mount them.
    [ "$(id -u)" -ne 0 ] || need_packages e2fsprogs=/usr/sbin/mkfs.ext4 xfsprogs=/usr/sbin/mkfs.xfs
    local requirements="$root/Tests/EndToEnd/requirements.txt" stamp
    stamp="$(sha256sum <"$requirements") $(command -v python3)"
    [ "$(cat "$venv/stamp" 2>/dev/null)" = "$stamp" ] && return
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        need_packages python3-venv=
    say "making $venv with the packages of ${requirements#"$root"/}"
    rm -rf "$venv"
    python3 -m venv "$venv" || die "python3 -m venv failed"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" ||
        die "pip could not install ${requirements#"$root"/}"
    printf '%s' "$stamp" >"$venv/stamp"
}

# What the clients in other languages are built and run with.
need_client_tools() {
    command -v rustc >/dev/null || need_packages rustc=/usr/bin/rustc
    command -v javac >/dev/null || need_packages openjdk-17-jdk-headless=
    need_packages gcc=/usr/bin/cc g++=/usr/bin/c++ nodejs=/usr/bin/node golang-go=/usr/bin/go perl=/usr/bin/perl \
        ruby=/usr/bin/ruby php-cli=/usr/bin/php util-linux=/usr/bin/flock mono-mcs=/usr/bin/mcs mono-runtime=/usr/bin/mono
}

# Beside the test tools: Spark with a Java, and ClickHouse. About a gigabyte.
need_engines() {
    command -v java >/dev/null || need_packages openjdk-17-jre-headless=
    local requirements="$root/Tests/EndToEnd/requirements-engines.txt" stamp
    stamp="$(sha256sum <"$requirements")"
    [ "$(cat "$venv/stamp-engines" 2>/dev/null)" = "$stamp" ] && return
    say "installing the packages of ${requirements#"$root"/} into $venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" ||
        die "pip could not install ${requirements#"$root"/}"
    printf '%s' "$stamp" >"$venv/stamp-engines"
}

seconds_between_lines=10

# with_progress COMMAND...: runs a build of SwiftPM. Its steps become one line with their count and the time so far,
# renewed every second on a terminal, and a new line every ten elsewhere; all else that it says is passed on.
with_progress() {
    local line="" partial="" text="" shown=0 clear="" output status=0
    local began=$SECONDS
    [ ! -t 2 ] || clear=$'\r\e[K'
    exec {output}< <("$@" 2>&1)
    local build=$!
    while true; do
        if IFS= read -r -t 1 -u "$output" line; then
            line=$partial$line partial=""
            if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ ([A-Z][a-z]+\ [^\ ]*) ]]; then
                text="${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps, the last one: ${BASH_REMATCH[3]}"
            elif [[ $line =~ ^(Fetching|Computing|Creating\ working\ copy\ for)\ .* ]]; then
                text=${BASH_REMATCH[0]}
            elif ! [[ $line =~ ^(Fetched|Computed|Working\ copy\ of|Building\ for)\  ]]; then
                say "$clear$line"
            fi
        elif [ $? -gt 128 ]; then
            partial+=$line
        else
            break
        fi
        if [ -n "$text" ] && [ -n "$clear" ]; then
            printf '%s%.100s' "$clear" "building: $((SECONDS - began)) s, $text" >&2
        elif [ -n "$text" ] && [ $((SECONDS - began - shown)) -ge "$seconds_between_lines" ]; then
            shown=$((SECONDS - began))
            say "building: $shown s, $text"
        fi
    done
    exec {output}<&-
    wait "$build" || status=$?
    [ -z "$clear" ] || printf '%s' "$clear" >&2
    [ -z "$partial$line" ] || say "$partial$line"
    return "$status"
}

# load_env FILE: NAME=VALUE lines into the environment, without running any of it. What is set already wins.
load_env() {
    [ -f "$1" ] || return 0
    local line name value
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$ ]] ||
            continue
        name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
        case $value in
        \"*) value=${value#\"} value=${value%%\"*} ;;
        \'*) value=${value#\'} value=${value%%\'*} ;;
        *) value=${value%%[[:space:]]#*} value=${value%"${value##*[![:space:]]}"} ;;
        esac
        [ -n "${!name:-}" ] || export "$name=$value"
    done <"$1"
}
