"""Local Tracker, Python client: one file, Python 3.8 or newer, Linux and macOS.

Two ways in, both safe to leave in a program: neither raises because of a network or disk fault.

    from local_tracker_client import LocalTrackerClient, SessionLog

    # As programs written for the guide call it. Over HTTP when TRACKING_SERVICE_URL is set, else
    # straight into files below TRACKER_DATA (default ./data).
    LocalTrackerClient().send_metrics(
        "load_test", "avg_latency_ms",
        {"avg_latency_ms": 12.5, "target_url": "http://localhost:3000/", "total_requests": 1000},
        session_id="20261123-151500-0a1b2c3d")

    # Sample by sample, into files: the tracker computes the percentiles.
    with SessionLog() as log, log.run(test="warm cache", target="http://localhost:3000/") as run:
        run.sample("http.latency_ms", 12.5, unit="ms", route="/", status=200)

The file format is `docs/FORMAT.md`. `zstandard` is used when it is installed; without it the client
writes gzip segments, which the tracker reads as well. Nothing else outside the standard library.
"""
from __future__ import annotations

import atexit
import collections
import contextlib
import datetime
import errno
import fcntl
import gzip
import hashlib
import http.client
import importlib
import io
import json
import logging
import math
import mmap
import os
import platform
import re
import secrets
import stat
import struct
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import weakref
import zlib

try:
    import zstandard
except ImportError:  # the client still works: it writes .jsonl.gz
    zstandard = None

__all__ = ["LocalTrackerClient", "SessionLog", "directory_name", "new_session_id"]

logger = logging.getLogger("local_tracker")

# The format that this client writes, and its limits (docs/FORMAT.md).
FORMAT = 1
MAX_LINE_BYTES = 1 << 20
MAX_FRAME_BYTES = 4 << 20
MAX_JSON_DEPTH = 32
MAX_LABELS = 32
MAX_METRIC_LENGTH = 128
MAX_NAME_BYTES = 1024
MAX_NUMBER_BYTES = 256
MAX_BODY_BYTES = 1_000_000  # of a report's JSON, and its nesting: the server's
MAX_BODY_DEPTH = 30
MAX_DIRECTORY_NAME_BYTES = 200
ROTATE_AFTER_BYTES = 64 << 20
ROTATE_AFTER_SECONDS = 24 * 60 * 60
FRAME_EVENTS = 100
FRAME_SECONDS = 1.0
FRAME_CONTENT_BYTES = 256 << 10
SYNC_INTERVAL_SECONDS = 0.5

# Limits of this client.
MAX_QUEUED_BYTES = 8 << 20  # events kept in memory while the disk does not take them
MAX_BLOCK_SECONDS = 5.0  # how long policy "block" may hold the caller
MAX_ANSWER_SECONDS = 30.0  # how long `flush` and `close` wait for a thread that writes
RETRY_WRITE_SECONDS = 1.0  # between two tries on a disk that failed
JOURNAL_PARENT = "/dev/shm"  # memory that outlives a process
JOURNAL_HALF_BYTES = 128 << 10
MAX_JOURNALS = 256
MAX_OPEN_WRITERS = 8  # sessions that one LocalTrackerClient keeps open
HTTP_TIMEOUT_SECONDS = 5.0  # of one try
MAX_BACKOFF_SECONDS = 30.0  # between two tries
MAX_SPOOL_BYTES = 64 << 20
MAX_SPOOL_FILES = 10_000
MAX_SPOOL_NUMBER = 9 * 10 ** 18  # of 19 digits, so that names sort as their numbers do
REPLAY_SECONDS = 2.0  # how long one send_metrics may spend on what earlier ones left behind
MAX_ENV_FILE_BYTES = 1 << 20
MAX_CURRENT_FILE_BYTES = 64 << 10
MAX_FORMAT_FILE_BYTES = 64 << 10
LOCK_TRIES = 20  # 10 ms apart: an indexer that asks whether a segment is live holds it for a moment

MAX_STAMP_NS = 253_402_300_799_000_000_000  # the last second of year 9999

LEVELS = ("written", "interval", "durable")
POLICIES = ("block", "drop")

#: Members of `runDetails` that a program may also put at the top of `metrics_data`.
RUN_DETAILS = (
    "session_id", "commit_hash", "target_url", "request_count", "method", "payload_urls",
    "total_requests", "successful_requests", "failed_requests", "avg_latency_ms", "error_rate",
    "rps", "duration_s", "test_type")
#: Members of `runDetails` that say how the test was made, not what came out.
RUN_PARAMETERS = ("method", "request_count", "payload_urls", "test_type")
#: Members of the body that `GET /api/track` gives back as they came.
BODY_PARAMETERS = ("schema_version", "value", "timestamp", "labels")


# ---------------------------------------------------------------------------------------------
# Settings and names


def read_settings(env_file=".env"):
    """The environment over the `.env` file of the current directory. Empty counts as not set."""
    settings = {}
    try:
        with open(env_file, encoding="utf-8", errors="surrogateescape") as file:
            for line in file.read(MAX_ENV_FILE_BYTES).splitlines():
                name, found, value = line.strip().partition("=")
                name = name[7:].strip() if name.startswith("export ") else name.strip()
                if found and name and not name.startswith("#"):
                    settings[name] = _env_value(value.strip())
    except OSError:
        pass  # no .env, or not ours to read: the environment alone decides
    settings.update(os.environ)
    return {name: value for name, value in settings.items() if value}


def _env_value(text):
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        return text[1:end] if end > 0 else text[1:]
    return text.partition(" #")[0].rstrip()


def user_of(settings):
    return _identifier(
        settings.get("LOCAL_TRACKER_USER_ID") or settings.get("INFLUENCER_USER") or "anonymous")


def directory_name(identifier):
    """The id as a directory name: one id, one name, also where the file system folds case.

    Raises ValueError when it is empty or the name would be longer than 200 bytes.
    """
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789_.-"
    name = "".join(
        chr(byte) if byte in plain and not (index == 0 and byte in b".-") else "%%%02x" % byte
        for index, byte in enumerate(_identifier(identifier).encode("utf-8")))
    if not name:
        raise ValueError("an id must not be empty")
    if len(name) > MAX_DIRECTORY_NAME_BYTES:
        raise ValueError("an id of %d bytes is too long: its directory name may have %d"
                         % (len(name), MAX_DIRECTORY_NAME_BYTES))
    return name


def new_session_id():
    """`yyyymmdd-hhmmss-<8 hex>` in UTC, so that names sort by time."""
    return time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(4)


def current_session(root, user):
    """The session that `tracker session start` made current for this user; None without one."""
    path = os.path.join(root, "current", directory_name(user) + ".json")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("not a regular file")
        session = json.loads(os.read(descriptor, MAX_CURRENT_FILE_BYTES))["session"]
        if not isinstance(session, str):
            raise ValueError("its session is not a string")
        directory_name(session)
        return _identifier(session)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s does not name a session, ignored: %s", path, error)
        return None
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------------------------------------
# Lines


def _identifier(value):
    """An id: its bytes are what counts, and nothing makes one id of two.

    What is no UTF-8, as the environment may have it, is spelled out: `\\udcff`.
    """
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(value):
    """A str that UTF-8 can hold: lone surrogates become `?`."""
    text = value if isinstance(value, str) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _number(value):
    """A finite int or float that a double holds."""
    number = value if type(value) in (int, float) else float(value)
    if isinstance(number, int) and abs(number) > 1 << 53:
        number = float(number)
    if not math.isfinite(number):
        raise ValueError("value is not a finite number")
    # As the tracker spells it: a whole number has no `.0`.
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def _plain(value, depth=2):
    """The value as strict JSON takes it: finite numbers, text keys, no other types, bounded depth."""
    if value is None or isinstance(value, (bool, str)):
        return _text(value) if isinstance(value, str) else value
    if isinstance(value, (dict, list, tuple, set, frozenset)) and depth > MAX_JSON_DEPTH:
        raise ValueError("nested deeper than %d" % MAX_JSON_DEPTH)
    if isinstance(value, dict):
        return {_text(key): _plain(member, depth + 1) for key, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(member, depth + 1) for member in value]
    try:
        return _number(value)
    except ValueError:
        return None if isinstance(value, float) else _text(value)
    except (TypeError, OverflowError):
        return _text(value)


def _encode(members):
    """Compact JSON in the tracker's spelling, as bytes; no `nan`. Numbers come from `_number`."""
    text = json.dumps(members, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _tracker_escapes(text).encode("utf-8")


_ESCAPE = re.compile(r"\\.|\x7f")
_ESCAPES = {"\\b": "\\u0008", "\\f": "\\u000c", "\x7f": "\\u007f"}


def _tracker_escapes(text):
    """Python's JSON with the escapes that the tracker uses for control characters."""
    if "\\b" not in text and "\\f" not in text and "\x7f" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found.group(), found.group()), text)


class _Digits(str):
    """A number of a body as it is spelled there: its digits are part of the report's identity."""

    @property
    def value(self):
        return float(self)


def _shortest(value):
    """The tracker's text of a finite double: the shortest that reads back as the same."""
    if value == 0:
        return "0"
    if abs(value) < 1e15:
        return "%d" % value if value == int(value) else repr(value)
    return repr(value) if abs(value) <= 1 << 53 else _exponent(repr(value))


def _exponent(text):
    """`9.1e+15` of `9100000000000000.0`: above 2^53 the tracker writes an exponent."""
    if "e" in text:
        return text
    digits = text[:-2].lstrip("-")
    short = digits.rstrip("0")
    return "%s%s%se+%d" % (text[:-2][:-len(digits)], short[0], "." + short[1:] if short[1:] else "",
                           len(digits) - 1)


def _spell(value):
    """A parsed body, or a line of it, as the tracker writes it: `_Digits` as they stand."""
    if isinstance(value, _Digits):
        return str(value)
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s:%s" % (_spell(key), _spell(member)) for key, member in value.items())
    if isinstance(value, list):
        return "[%s]" % ",".join(map(_spell, value))
    return _tracker_escapes(json.dumps(value, ensure_ascii=False))


def _name(what, value):
    text = _text(value)
    if len(text.encode("utf-8")) > MAX_NAME_BYTES:
        raise ValueError("%s is longer than %d bytes" % (what, MAX_NAME_BYTES))
    return text


def _labels(labels):
    flat = {_name("label name", key): _text(value)
            for key, value in (labels or {}).items() if value is not None}
    if len(flat) > MAX_LABELS:
        raise ValueError("%d labels, at most %d are allowed" % (len(flat), MAX_LABELS))
    return flat


def _milliseconds(moment=None):
    """Unix milliseconds of a number, a datetime (without a zone: UTC) or, without either, of now."""
    if moment is None:
        return _number(time.time_ns() // 1000 / 1000)
    if isinstance(moment, datetime.datetime):
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return _number(moment.timestamp() * 1000)
    return _number(moment)


def sample_line(metric, value, unit=None, run=None, ok=None, ts=None, labels=None):
    """One sample as a line of the log. Raises ValueError when the format does not allow it."""
    members = {"ts": _milliseconds(ts), "metric": _text(metric), "value": _number(value)}
    if not 1 <= len(members["metric"]) <= MAX_METRIC_LENGTH:
        raise ValueError("metric is not a string of 1 to %d characters" % MAX_METRIC_LENGTH)
    if unit is not None:
        members["unit"] = _name("unit", unit)
    if run is not None:
        members["run"] = _name("run", run)
    if ok is not None:
        members["ok"] = bool(ok)
    if labels:
        members["labels"] = _labels(labels)
    return _line(members)


def event_line(event, ts=None, labels=None, **fields):
    """Any other event as a line of the log: `run_started`, `run_finished`, `note`, `tag`, …"""
    members = {"ts": _milliseconds(ts), "event": event}
    members.update((key, _plain(value)) for key, value in fields.items() if value is not None)
    if labels:
        members["labels"] = _labels(labels)
    return _line(members)


METRIC_KINDS = ("duration", "size", "rate", "ratio", "temperature", "count")


def metric_line(metric, unit=None, kind=None, better=None, ts=None):
    """What a metric is, as a line of the log that earlier readers take for a session's."""
    if not 1 <= len(_text(metric)) <= MAX_METRIC_LENGTH:
        raise ValueError("metric is not a string of 1 to %d characters" % MAX_METRIC_LENGTH)
    about = {}
    if unit is not None:
        about["unit"] = _name("unit", unit)
    for key, value, known in (("kind", kind, METRIC_KINDS),
                              ("better", better, ("lower", "higher", "neither"))):
        if value is not None:
            if value not in known:
                raise ValueError("%s is not one of %s" % (key, ", ".join(known)))
            about[key] = value
    if not any(about.values()):
        raise ValueError("nothing is said of the metric: give unit, kind or better")
    return _line({"ts": _milliseconds(ts), "event": "session", "metrics": {_text(metric): about}})


def _line(members):
    line = _encode(members)
    if len(line) > MAX_LINE_BYTES:
        raise ValueError("line of %d bytes, at most %d are allowed" % (len(line), MAX_LINE_BYTES))
    return line + b"\n"


# ---------------------------------------------------------------------------------------------
# Segments


def _sync_data(descriptor):
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _lock_shared(descriptor):
    """The sign that a writer is alive. Without it (a file system without locks) all else works."""
    for _ in range(LOCK_TRIES):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        except OSError as error:
            return logger.warning("no lock on a segment: %s", error)


def open_folder(root, *names):
    """A descriptor of ROOT/name/…, created 0700 where missing; no symbolic link below ROOT."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if not os.path.isdir(root):
        os.makedirs(os.path.dirname(os.path.abspath(root)), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(root, 0o700)
    folder = os.open(root, flags)
    try:
        for name in names:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=folder)
                os.fsync(folder)
            inner = os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return folder
    except OSError:
        os.close(folder)
        raise


def _now_milliseconds():
    """For headers; a clock before 1970 says 0."""
    return max(0, time.time_ns() // 1_000_000)


class FolderFormatError(OSError):
    """The data folder has a format that this client does not know. Nothing is written."""


def _check_format(root):
    """Whether ROOT/tracker.json is there. Raises when it does not name the format written here.

    A folder without that file has format 1.
    """
    path = os.path.join(root, "tracker.json")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        found = json.loads(os.read(descriptor, MAX_FORMAT_FILE_BYTES))["format"]
        if type(found) not in (int, float):
            raise ValueError("its format is not a number")
    except (ValueError, KeyError, TypeError):
        raise FolderFormatError(
            errno.EINVAL, 'does not say which format the data folder has: put {"format":1} there,'
            " or choose another folder with TRACKER_DATA", path) from None
    finally:
        os.close(descriptor)
    if found != FORMAT:
        raise FolderFormatError(
            errno.EINVAL, "the data folder has format %s, this client writes format %d: use a newer"
            " client" % (found, FORMAT), path)
    return True


class SegmentWriter:
    """Appends frames to segment files that nobody else writes. The caller holds a lock.

    A frame is accepted when `append` returns, and lasts through a power cut when `sync` returns.
    """

    def __init__(self, root, user, session, level="interval", writer=None):
        """`writer`: goes on for one that was killed, in a segment behind its last one."""
        self.session = _identifier(session)
        self.level = level
        self.frames = self.bytes = 0
        self.writer = writer or secrets.token_hex(8)
        self._folder_names = ("log", directory_name(user), directory_name(session))
        self._root = root
        self._number = self._seq = self._size = 0
        self._opened = 0.0
        self._file = self._path = None
        self._unsynced = []  # frames since the last good sync, to be written again if a sync fails
        self._first_unsynced = None
        self._sync_failed = False
        self._ending = ".jsonl.zst" if zstandard else ".jsonl.gz"
        self._goes_on = writer is not None

    def append(self, lines, identity=None, dropped=0, at=None, seq=None):
        """One frame of these lines, in one write. On OSError nothing of it is in the log.

        FolderFormatError, an OSError: the folder has a newer format, and nothing is written.

        `identity` is a `(writer, seq)` of the lines themselves: then they count once, however
        often they are written, because all of the section, its header too, has the same bytes.
        `dropped` counts the events lost since the frame before, in frames of this writer's own.
        """
        if self._sync_failed:
            self.sync()
        if self._file is None or self._size >= ROTATE_AFTER_BYTES \
                or time.monotonic() - self._opened >= ROTATE_AFTER_SECONDS:
            self._next_segment()
        if seq is not None:
            self._seq = seq
        writer, seq = identity or (self.writer, self._seq)
        header = {"frame": 1, "session": self.session, "writer": writer, "seq": seq,
                  "events": len(lines)}
        if identity is None:
            header["at"] = _now_milliseconds() if at is None else at
            if dropped:
                header["dropped"] = dropped
        frame = self._compress(_encode(header) + b"\n" + b"".join(lines))
        if len(frame) > MAX_FRAME_BYTES:
            raise ValueError("frame of %d bytes, at most %d are allowed"
                             % (len(frame), MAX_FRAME_BYTES))
        self._write(frame)
        if identity is None:
            self._seq += 1
        self.frames += 1
        self.bytes += len(frame)
        if self.level != "written":
            self._unsynced.append(frame)
            self._first_unsynced = self._first_unsynced or time.monotonic()

    def sync_due(self):
        """The `time.monotonic()` at which level `interval` wants a sync; None when there is nothing."""
        return self._first_unsynced and self._first_unsynced + SYNC_INTERVAL_SECONDS

    def sync(self):
        """Makes every accepted frame last. On OSError none is claimed to; the next call goes on.

        A file whose sync failed is never synced again, because the kernel may have dropped its
        pages: all that is not known to be safe goes into a new segment, where readers count it once.
        """
        if not self._unsynced:
            return
        try:
            if self._sync_failed:
                self._next_segment()
                for frame in self._unsynced:
                    self._write(frame)
            _sync_data(self._file)
            if self._is_gone():
                raise self._gone()
        except OSError:
            if self._sync_failed:
                raise
            self._sync_failed = True
            return self.sync()
        self._sync_failed = False
        self._unsynced.clear()
        self._first_unsynced = None

    def close(self):
        try:
            self.sync()
        finally:
            self.abandon()

    def abandon(self):
        """Gives the descriptor back without a sync; the lock goes with it."""
        file, self._file = self._file, None
        if file is not None:
            try:
                os.close(file)
            except OSError as error:
                logger.warning("closing a segment of session %s: %s", self.session, error)

    def _compress(self, content):
        if zstandard:
            return zstandard.ZstdCompressor(
                level=3, write_checksum=True, write_content_size=True).compress(content)
        return gzip.compress(content, 6)

    def _next_segment(self):
        if self._file is not None and not self._sync_failed:
            self.sync()
        if self._number == 0:
            self._describe_root()
        folder = open_folder(self._root, *self._folder_names)
        try:
            number = (self._last_number(folder) if self._goes_on else self._number) + 1
            name = "%s.%06d%s" % (self.writer, number, self._ending)
            file = os.open(
                name,
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC,
                0o600, dir_fd=folder)
            self._number = number
            try:
                _lock_shared(file)
                os.fsync(folder)
            except OSError:
                os.close(file)
                raise
        finally:
            os.close(folder)
        self.abandon()
        self._file, self._size, self._opened = file, 0, time.monotonic()
        self._path = os.path.join(os.path.abspath(self._root), *self._folder_names, name)

    def _last_number(self, folder):
        numbers = [name[17:23] for name in os.listdir(folder) if name.startswith(self.writer + ".")]
        return max([int(number) for number in numbers if number.isdigit()], default=0)

    def _describe_root(self):
        """Makes the folder, and a `tracker.json` where it is missing, whole or not at all."""
        if _check_format(self._root):
            return
        root = open_folder(self._root)
        temporary = "tracker.json.%s.tmp" % self.writer
        try:
            file = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                0o600, dir_fd=root)
            try:
                os.write(file, b'{"format":%d}\n' % FORMAT)
            finally:
                os.close(file)
            os.rename(temporary, "tracker.json", src_dir_fd=root, dst_dir_fd=root)
        except OSError:
            with contextlib.suppress(OSError):  # a reader takes a folder without it for format 1
                os.unlink(temporary, dir_fd=root)
        finally:
            os.close(root)

    def _is_gone(self):
        """Whether the segment was removed or moved, by itself or with a folder: no reader finds it."""
        try:
            return not os.fstat(self._file).st_nlink or not stat.S_ISREG(os.lstat(self._path).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:  # not to be known: the next append or sync asks again
            return False

    def _gone(self):
        return FileNotFoundError(errno.ENOENT, "removed or moved while it was written", self._path)

    def _write(self, frame):
        """Writes the frame where readers find it; if the file is gone, in a new one.

        What was not synced goes with it. A moved file may come back, with nothing in it that was
        not accepted.
        """
        self._write_here(frame)
        if not self._is_gone():
            return
        self._size -= len(frame)
        self._undo()
        logger.warning("%s: writing goes on in a new segment", self._gone())
        failed, self._sync_failed = self._sync_failed, True  # what is gone is not synced
        self._next_segment()
        for each in [*self._unsynced, frame]:
            self._write_here(each)
        if self._is_gone():
            raise self._gone()
        self._sync_failed = failed

    def _write_here(self, frame):
        """One write of the whole frame. A short one is undone and tried once more, never continued."""
        for last_try in (False, True):
            try:
                if os.write(self._file, frame) == len(frame):
                    self._size += len(frame)
                    return
            except OSError:
                self._undo()
                raise
            if not self._undo() or last_try:
                raise OSError(errno.ENOSPC, "short write")

    def _undo(self):
        try:
            os.ftruncate(self._file, self._size)
            return True
        except OSError as error:  # the torn bytes stay; readers skip them, so go on in a new file
            logger.warning("cannot undo a torn write of session %s: %s", self.session, error)
            self._size = ROTATE_AFTER_BYTES
            return False


# ---------------------------------------------------------------------------------------------
# Forks and the end of the program

_forkable = weakref.WeakSet()
_data_folders = set()  # of this process's logs: at its end it looks for what their children left


def _after_fork():
    for owner in list(_forkable):
        try:
            owner._forked()
        except Exception as error:
            logger.error("after fork: %s", error)


def _at_exit():
    for owner in list(_forkable):
        try:
            owner.close()
        except Exception as error:
            logger.error("at the end of the program: %s", error)
    if not _data_folders and _journals():
        _data_folders.add(os.path.abspath(read_settings().get("TRACKER_DATA") or "data"))
    for root in _data_folders:
        _recover(root)


def _is_multiprocessing_child():
    """Such a process may be ended at any time: `Pool.terminate`, which `with Pool` calls, is SIGTERM."""
    module = sys.modules.get("multiprocessing.process")
    return module is not None and module.parent_process() is not None


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


# ---------------------------------------------------------------------------------------------
# What is queued, in memory that outlives the process


def _is_subinterpreter():
    """Where a thread that is still there at the interpreter's end is fatal to the whole program."""
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            module = importlib.import_module(name)
            return module.get_current() != module.get_main()
        except (ImportError, AttributeError, RuntimeError):
            continue
    return False


class _Journal:
    """The events that a log has accepted and not yet written, for whoever comes after a kill.

    A file of /dev/shm, 260 KiB, mapped: an event costs a copy and no system call. Its process holds a
    lock on it. Two halves take turns: one collects the lines of the next frame, while the other
    waits for its frame to be written. `cut` says which frame that will be before it is written, so
    that a recovery makes the same bytes again, and readers count them once.
    """

    HEAD, HALF = 4096, struct.Struct("<B3xIQ")  # state, salt of the records, when it was opened
    CUT, RECORD = struct.Struct("<QQQI"), struct.Struct("<II")
    STATE = struct.Struct("<QQQ")  # generation, next number of a frame, events that are in no half
    FREE, OPEN = 0, 1
    CUT_AT, RECORDS_AT = 16, 64

    def __init__(self, log):
        """Raises OSError or ValueError where there is no such memory."""
        folder = _journal_folder(create=True)
        if len(_journals()) >= MAX_JOURNALS:
            raise OSError(errno.EDQUOT, "too many journals that nobody took", folder)
        size = self.HEAD + 2 * JOURNAL_HALF_BYTES
        about = json.dumps({
            "journal": 1, "data": log.data, "user": log.user, "session": log.session,
            "writer": log._writer.writer, "half": JOURNAL_HALF_BYTES, "at": _now_milliseconds()}).encode()
        if len(about) + 256 > self.HEAD:
            raise ValueError("a path of this length")
        self.path = os.path.join(folder, log._writer.writer + ".journal")
        _remove_unfinished(folder)
        try:
            self._make(folder, log._writer.writer, size, about)
        except FileNotFoundError:  # another process removed it before it was locked
            self._make(folder, log._writer.writer, size, about)
        self._half, self._end, self._salt, self._busy = None, 0, 0, False
        self._used, self._count = [False, False], [0, 0]

    def _make(self, folder, writer, size, about):
        """A locked and mapped file, whole when it has its name."""
        temporary = os.path.join(folder, "." + writer)
        self._file = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(self._file, 0, size)  # a page that is not there would end the program
            self._map = mmap.mmap(self._file, size)
            self._map[256:256 + len(about)] = about
            self._generation = self._next = self._lost = 0
            self._set_state(0, 0)
            os.rename(temporary, self.path)
        except BaseException:
            os.close(self._file)
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def _offset(self, half):
        return self.HEAD + half * JOURNAL_HALF_BYTES

    def add(self, line):
        """The half that has the line now; None when there is no room. Calls come one at a time."""
        if self._busy:  # a signal's handler logs while its thread does: the line is queued alone
            return None
        self._busy = True
        try:
            size = self.RECORD.size + len(line)
            if self._half is None or self._end + size > JOURNAL_HALF_BYTES:
                self._half = self._open(size)
            if self._half is None:
                return None
            at = self._offset(self._half) + self._end
            self._map[at + self.RECORD.size:at + size] = line
            self.RECORD.pack_into(self._map, at, len(line), zlib.crc32(line, self._salt))
            self._end += size
            self._count[self._half] += 1
            return self._half
        finally:
            self._busy = False

    def _open(self, size):
        for half in (0, 1):
            if not self._used[half] and self.RECORDS_AT + size <= JOURNAL_HALF_BYTES:
                self._salt = int.from_bytes(os.urandom(4), "little")
                self._end, self._used[half], self._count[half] = self.RECORDS_AT, True, 0
                at = self._offset(half)
                self._map[at:at + self.RECORDS_AT] = bytes(self.RECORDS_AT)
                self.HALF.pack_into(self._map, at, self.FREE, self._salt, _now_milliseconds())
                self._map[at] = self.OPEN
                return half
        return None

    def cut(self, half, seq, at, dropped, count):
        """These lines of the half become frame `seq`. Whether they can be told from it afterwards."""
        if self._half == half:
            self._half = None
        if self._count[half] != count:  # an exception came between the journal and the queue
            return False
        begin = self._offset(half)
        salt = self.HALF.unpack_from(self._map, begin)[1]
        block = self.CUT.pack(seq, at, dropped, count)
        self._map[begin + self.CUT_AT:begin + self.CUT_AT + len(block) + 4] = block + struct.pack(
            "<I", zlib.crc32(block, salt))
        return True

    def free(self, half):
        self._map[self._offset(half)] = self.FREE
        self._used[half] = False

    def note(self, seq, lost):
        """The next number of a frame, and how many events a recovery must count as lost."""
        if (seq, lost) != (self._next, self._lost):
            self._set_state(seq, lost)

    def _set_state(self, seq, lost):
        self._generation += 1
        self._next, self._lost = seq, lost
        block = self.STATE.pack(self._generation, seq, lost)
        at = 64 * (self._generation % 2)
        self._map[at:at + len(block) + 4] = block + struct.pack("<I", zlib.crc32(block))

    def end(self, remove):
        """`remove` when all is written; a forked child only lets go of what is its parent's."""
        if remove:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
        with contextlib.suppress(BufferError, ValueError):
            self._map.close()
        with contextlib.suppress(OSError):
            os.close(self._file)

    @classmethod
    def frames(cls, content, about):
        """What a journal holds, as `(seq, at, dropped, lines)`. The same journal, the same frames."""
        states = [cls.STATE.unpack_from(content, at) for at in (0, 64)
                  if zlib.crc32(content[at:at + cls.STATE.size]) == struct.unpack_from("<I", content, at + cls.STATE.size)[0]]
        _, seq, lost = max(states, default=(0, 0, 0))
        cut, rest = [], []
        for half in (0, 1):
            begin = cls.HEAD + half * about["half"]
            state, salt, opened = cls.HALF.unpack_from(content, begin)
            if state != cls.OPEN:
                continue
            lines, at, end = [], begin + cls.RECORDS_AT, begin + about["half"]
            while at + cls.RECORD.size <= end:
                size, check = cls.RECORD.unpack_from(content, at)
                line = content[at + cls.RECORD.size:at + cls.RECORD.size + size]
                if not size or at + cls.RECORD.size + size > end or zlib.crc32(line, salt) != check:
                    break
                lines.append(line)
                at += cls.RECORD.size + size
            block = content[begin + cls.CUT_AT:begin + cls.CUT_AT + cls.CUT.size]
            check, = struct.unpack_from("<I", content, begin + cls.CUT_AT + cls.CUT.size)
            if zlib.crc32(block, salt) == check:
                number, stamp, dropped, count = cls.CUT.unpack(block)
                cut.append((number, stamp, dropped, lines[:count]))
                seq, lost = max(seq, number + 1), lost - dropped
            elif lines:
                rest.append((opened, lines))
        rest = rest or ([(about["at"], [])] if lost > 0 else [])
        for opened, lines in sorted(rest):
            cut.append((seq, opened, max(0, lost), lines))
            seq, lost = seq + 1, 0
        return sorted(cut)


def _journal_folder(create=False):
    """This user's own folder. Raises OSError when there is none, or it is somebody else's."""
    path = os.path.join(JOURNAL_PARENT, "local-tracker-%d" % os.geteuid())
    if create and os.path.isdir(JOURNAL_PARENT):
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(errno.EPERM, "not a folder of this user alone", path)
    return path


def _remove_unfinished(folder):
    """Files of processes that were killed while they made a journal: they hold no event, but memory."""
    for name in os.listdir(folder):
        if not name.startswith("."):
            continue
        with contextlib.suppress(OSError):  # locked by its process, or gone
            path = os.path.join(folder, name)
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            finally:
                os.close(file)


def _journals():
    try:
        folder = _journal_folder()
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".journal")]
    except OSError:
        return []


def _recover(root):
    """Writes into the log what processes that were killed had accepted. Returns how many events."""
    events = 0
    for path in _journals():
        try:
            events += _recover_one(path, root)
        except BlockingIOError:
            pass  # its process lives
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            logger.warning("journal %s stays: %s", path, error)
    return events


def _recover_one(path, root):
    file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or not status.st_nlink:
            return 0
        content = os.pread(file, status.st_size, 0)
        about = json.loads(content[256:_Journal.HEAD].rstrip(b"\0"))
        if about["data"] != root:
            return 0
        frames = _Journal.frames(content, about)
        writer = SegmentWriter(root, about["user"], about["session"], "durable", about["writer"])
        try:
            for seq, at, dropped, lines in frames:
                writer.append(lines, dropped=dropped, at=at, seq=seq)
        finally:
            writer.close()
        os.unlink(path)
        events = sum(len(lines) for _, _, _, lines in frames)
        lost = sum(dropped for _, _, dropped, _ in frames)
        if events or lost:
            logger.warning("a process that logged to session %s was killed: %d events recovered, %d lost",
                           about["session"], events, lost)
        return events
    finally:
        os.close(file)


# ---------------------------------------------------------------------------------------------
# Samples, one by one


def _opened(data, user, session, level, policy):
    """The log of these in this process: what a pickled `SessionLog` becomes in another one."""
    for log in list(_forkable):
        if isinstance(log, SessionLog) and not log._closed and (
                log.data, log.user, log.session, log._level, log._policy) == (data, user, session, level, policy):
            return log
    return SessionLog(session, user, data, level, policy)


class SessionLog:
    """Appends events of one session to files below the data folder. Safe to use from any thread.

    Calls only queue; a background thread writes a frame for about 100 events or each second.
    `flush()` returns True once all that was accepted is in the log, at the given level:
    "written" outlives kill -9; "interval" (default) also a power cut, but for the last half
    second; "durable" also that. What is queued outlives the process too, where there is /dev/shm: the
    next log of this data folder, or a parent that ends, writes it. A child of multiprocessing writes
    each event before the call returns. When the queue is full, because the disk does not take more,
    `policy` "block" waits for room for up to 5 s, "drop" drops at once; both count what is lost
    and say so in the log. Only wrong arguments of this constructor raise (ValueError).
    """

    def __init__(self, session=None, user=None, data=None, level="interval", policy="block"):
        if level not in LEVELS or policy not in POLICIES:
            raise ValueError("level is one of %s, policy one of %s" % (LEVELS, POLICIES))
        settings = read_settings()
        self.user = _identifier(user or user_of(settings))
        self.data = os.path.abspath(data or settings.get("TRACKER_DATA") or "data")
        joined = session or current_session(self.data, self.user)
        self.session = _identifier(joined or new_session_id())
        directory_name(self.user), directory_name(self.session)  # ValueError now, not later
        self._level, self._policy = level, policy
        self.accepted = self.dropped = 0
        self._reset()
        _forkable.add(self)
        _data_folders.add(self.data)
        _recover(self.data)
        if not joined:
            self.event("session", user=self.user, host=platform.node() or None)

    def _reset(self):
        self._writer = SegmentWriter(self.data, self.user, self.session, self._level)
        self._queue = collections.deque()
        self._queued_bytes = 0
        self._oldest = None
        self._unreported = 0  # drops that no frame's header speaks of yet
        self._retry_at = 0.0
        self._stalled = False  # a caller waited in vain; until there is room nobody waits again
        self._closed, self._done = False, True
        self._thread = self._journal = None
        self._cut = None  # a frame that is cut and not written: (lines, size, half, dropped, at)
        self._uncovered = 0  # queued events that the journal has no room for
        self._started = False
        self._is_direct = False  # whether each call writes, because nothing else may come to it
        self._lock_kind = threading.Lock  # gevent and eventlet replace it
        self._changed = threading.Condition()
        self._io = threading.RLock()

    def _forked(self):
        """In a forked child: what is queued stays the parent's; the child makes its own writer."""
        closed = self._closed
        self._writer.abandon()
        if self._journal:
            self._journal.end(remove=False)
        self.accepted = self.dropped = 0
        self._reset()
        self._closed = closed

    # -- events

    def sample(self, metric, value, unit=None, run=None, ok=None, ts=None, labels=None,
               **more_labels):
        """Logs one value. Returns whether it was accepted; never raises.

        `ts` is Unix milliseconds or a datetime. Labels are named arguments or the dict `labels`.
        """
        return self._put(lambda: sample_line(
            metric, value, unit, run, ok, ts, {**(labels or {}), **more_labels}))

    def event(self, event, ts=None, labels=None, **fields):
        """Logs any other event of the format, for example `event("note", text="cache on")`."""
        return self._put(lambda: event_line(event, ts, labels, **fields))

    def describe(self, metric, unit=None, kind=None, better=None, ts=None):
        """Logs what a metric of this session is: it comes before what its name suggests.

        `unit` is that of samples without one; `kind` is duration, size, rate, ratio, temperature
        or count; `better` is lower, higher or neither.
        """
        return self._put(lambda: metric_line(metric, unit, kind, better, ts))

    def run(self, test=None, target=None, run=None, params=None, commit=None, environment=None):
        """A context manager: `run_started` at its begin, `run_finished` at its end.

        An exception that leaves the block makes the run `failed`, Ctrl-C `stopped`.
        """
        return Run(self, run or "run-" + new_session_id(), test=test, target=target, commit=commit,
                   params=params, environment=environment)

    def _put(self, make_line):
        try:
            line = make_line()
        except Exception as error:  # whatever a caller passes must not stop the caller
            logger.warning("event not logged: %s", error)
            with self._changed:
                self.dropped += 1
                self._unreported += 1
                self._note()
            return False
        with self._changed:
            if not self._started and not self._closed:
                self._start()
            if not self._closed and self._queued_bytes + len(line) > MAX_QUEUED_BYTES \
                    and self._policy == "block" and not self._stalled and not self._is_direct:
                self._stalled = not self._changed.wait_for(
                    lambda: self._closed or self._queued_bytes + len(line) <= MAX_QUEUED_BYTES,
                    MAX_BLOCK_SECONDS)
            if self._closed or self._queued_bytes + len(line) > MAX_QUEUED_BYTES:
                if self.dropped == 0:
                    logger.warning("event dropped: %s", "the log of session %s is closed"
                                   % self.session if self._closed else "the queue is full")
                self.dropped += 1
                self._unreported += 1
                self._note()
                return False
            half = self._journal.add(line) if self._journal else None
            self._queue.append((line, half))
            self._queued_bytes += len(line)
            self.accepted += 1
            if half is None:
                self._uncovered += 1
                self._note()
            was_empty, self._oldest = self._oldest is None, self._oldest or time.monotonic()
            if was_empty or self._is_full_frame():
                self._changed.notify_all()
        if self._is_direct and time.monotonic() >= self._retry_at \
                and self._io.acquire(timeout=MAX_BLOCK_SECONDS):
            try:
                self._drain(sync=self._level == "durable")
            finally:
                self._io.release()
        return True

    def _note(self):
        if self._journal:
            self._journal.note(self._writer._seq, self._uncovered + self._unreported)

    def __reduce__(self):
        """In another process: a log of the same session, with files of its own."""
        return _opened, (self.data, self.user, self.session, self._level, self._policy)

    # -- writing

    def _is_full_frame(self):
        return len(self._queue) >= FRAME_EVENTS or self._queued_bytes >= FRAME_CONTENT_BYTES

    def _start(self):
        """At the first event of this process. The caller holds `_changed`."""
        self._started = True
        util = sys.modules.get("multiprocessing.util")
        if util:  # its children end without atexit
            util.Finalize(None, _close_if_there, args=(weakref.ref(self),), exitpriority=10)
        self._is_direct = _is_multiprocessing_child()
        if threading.Lock is not self._lock_kind or _is_subinterpreter():
            # Greenlets that came after the locks: one that waits for these would stop them all.
            self._is_direct = True
            return
        self._thread = threading.Thread(target=self._work, name="local-tracker", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # no more threads, or a subinterpreter that may have none
            self._thread, self._is_direct = None, True
            logger.warning("no background thread, each event is written at once: %s", error)
        if not self._is_direct:
            try:
                self._journal = _Journal(self)
            except (OSError, ValueError, AttributeError) as error:
                logger.info("a kill may cost the last second, there is no journal: %s", error)

    def _work(self):
        while True:
            with self._changed:
                if self._closed:
                    return
                now = time.monotonic()
                due = self._due(now)
                if due is None or due > now:
                    self._changed.wait(None if due is None else due - now)
                    continue
            with self._io:
                self._drain(sync=self._level == "durable")

    def _due(self, now):
        """When the thread has something to do next; None: when it is woken."""
        due = []
        if self._queue or self._cut:
            due.append(now if self._cut or self._is_full_frame() else self._oldest + FRAME_SECONDS)
        sync_due = self._writer.sync_due()
        if sync_due:
            due.append(sync_due)
        return max(min(due), self._retry_at) if due else None

    def _drain(self, sync):
        """Writes all that is queued. The caller holds `_io`. Returns whether all of it was taken."""
        try:
            while self._write_frame():
                pass
            sync_due = self._writer.sync_due()
            if sync or (sync_due and sync_due <= time.monotonic()):
                self._writer.sync()
            return True
        except Exception as error:  # a full disk, a missing folder: keep, count, try again
            is_new, self._retry_at = time.monotonic() >= self._retry_at, time.monotonic() + RETRY_WRITE_SECONDS
            if is_new:
                logger.warning("cannot write to %s, events are kept for now: %s", self.data, error)
            return False

    def _write_frame(self):
        """The next frame: queued events of one half of the journal, or of none. False: there is none."""
        with self._changed:
            if self._cut is None and not self._cut_frame():
                return False
            lines, size, half, dropped, at = self._cut
        self._writer.append(lines, dropped=dropped, at=at)
        with self._changed:
            self._cut = None
            if half is None:
                self._uncovered -= len(lines)
            else:
                self._journal.free(half)
            self._unreported -= dropped
            self._queued_bytes -= size
            self._note()
            self._oldest = time.monotonic() if self._queue else None
            self._retry_at, self._stalled = 0.0, False
            self._changed.notify_all()
        return True

    def _cut_frame(self):
        """Takes a frame's events off the queue. It stays as it is until it is written."""
        lines, size, half = [], 0, self._queue[0][1] if self._queue else None
        while self._queue and self._queue[0][1] == half and size < FRAME_CONTENT_BYTES:
            lines.append(self._queue.popleft()[0])
            size += len(lines[-1])
        if not lines:
            return False
        at, dropped, seq = _now_milliseconds(), self._unreported, self._writer._seq
        if half is not None and not self._journal.cut(half, seq, at, dropped, len(lines)):
            self._journal.free(half)
            half, self._uncovered = None, self._uncovered + len(lines)
        self._cut = (lines, size, half, dropped, at)
        if self._journal:
            self._journal.note(seq + 1, self._uncovered + self._unreported)
        return True

    def flush(self):
        """Writes and syncs all that is queued. Returns whether it is all in the log at its level."""
        if not self._io.acquire(timeout=MAX_ANSWER_SECONDS):
            logger.error("session %s: the disk gives no answer", self.session)
            return False
        try:
            return self._done if self._closed else self._drain(sync=self._level != "written")
        finally:
            self._io.release()

    def close(self):
        """Flushes and gives the file back. Events that come later are dropped and counted."""
        if not self._io.acquire(timeout=MAX_ANSWER_SECONDS):
            logger.error("session %s: the disk gives no answer", self.session)
            with self._changed:
                self._closed, self._done = True, False  # a journal stays, for a recovery
            return False
        try:
            if self._closed:
                return self._done
            self._done = self._close()
        finally:
            self._io.release()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(1.0)  # it only has to see that it is over
        _recover(self.data)
        return self._done

    def _close(self):
        done = self._drain(sync=self._level != "written")
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            lost = len(self._queue) + (len(self._cut[0]) if self._cut else 0)
            if lost:
                self.dropped += lost
                logger.error("%d events of session %s are lost: the disk did not take them",
                             lost, self.session)
            self._queue.clear()  # its thread may be on its way to write
            self._cut = None
        try:
            self._writer.close()
        except OSError as error:
            logger.error("session %s: %s", self.session, error)
            done = False
        if self._journal:
            self._journal.end(remove=True)
            self._journal = None
        return done

    @property
    def statistics(self):
        """`accepted` and `dropped` events; `frames` and `bytes` written."""
        return {"accepted": self.accepted, "dropped": self.dropped,
                "frames": self._writer.frames, "bytes": self._writer.bytes}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _close_if_there(reference):
    log = reference()
    if log is not None:
        log.close()


class Run:
    """One load test of a session; made by `SessionLog.run`."""

    def __init__(self, log, run, **started):
        self.log, self.id = log, run
        #: What your tool itself reported; goes into `run_finished`.
        self.summary = {}
        self._started = started

    def sample(self, metric, value, unit=None, ok=None, ts=None, labels=None, **more_labels):
        return self.log.sample(metric, value, unit, self.id, ok, ts, labels, **more_labels)

    def __enter__(self):
        self.log.event("run_started", run=self.id, **self._started)
        return self

    def __exit__(self, kind, *_):
        state = "finished" if kind is None else \
            "stopped" if issubclass(kind, KeyboardInterrupt) else "failed"
        self.log.event("run_finished", run=self.id, state=state, summary=self.summary)
        self.log.flush()


# ---------------------------------------------------------------------------------------------
# Bodies of POST /api/track


def make_body(user, challenge_type, metric_name, metrics_data, session_id):
    """The request body as bytes. Retries and replays send these very bytes, so that they count once."""
    data = metrics_data if isinstance(metrics_data, dict) else {"value": metrics_data}
    details = {}
    for nested in ("runDetails", "run_details"):
        if isinstance(data.get(nested), dict):
            details.update(data[nested])
    own = ("value", "labels", "timestamp", "schema_version", "runDetails", "run_details")
    details.update((key, value) for key, value in data.items()
                   if key not in own and (key in RUN_DETAILS or key != metric_name))
    details["session_id"] = _identifier(session_id)
    body = {
        "schema_version": data.get("schema_version", "1.0"),
        "userId": _identifier(user),
        "challengeType": _text(challenge_type),
        "metricName": _text(metric_name),
        "value": _body_value(data["value"] if data.get("value") is not None else data.get(metric_name)),
        "timestamp": _iso8601(data.get("timestamp")),
        "labels": _labels(data["labels"]) if isinstance(data.get("labels"), dict) else {},
        "runDetails": details,
    }
    body = _plain(body, depth=1)
    if body["value"] is None:  # a run without a value of its own: its details count
        del body["value"]
    return _encode(body)


def _body_value(value):
    """A number, also of `True`, "12.5" or numpy's; what is none is left for the tracker to refuse."""
    try:
        return value if value is None else _number(value)
    except (ValueError, TypeError, OverflowError):
        return value


def _iso8601(moment):
    """Text that the tracker reads: a report without a time of its own cannot be known again."""
    try:
        if isinstance(moment, str) and moment:
            if _report_milliseconds(moment) is not None:
                return moment
            moment = _loose_milliseconds(moment)
        seconds = _milliseconds(moment) / 1000
        if seconds < 0:
            raise ValueError("a time before 1970")
        utc = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        logger.warning("timestamp %r cannot be used, the time of now is: %s", moment, error)
        utc = datetime.datetime.fromtimestamp(
            min(max(0, time.time_ns()), MAX_STAMP_NS) / 1e9, datetime.timezone.utc)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_LOOSE_ISO8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]+))?"
    r"\s*(?:([Zz])|([+-][0-9]{2}):?([0-9]{2})?)?")


def _loose_milliseconds(text):
    """Of the other spellings of ISO 8601, such as `12:00Z`, `,5` and `-0500`. Raises ValueError."""
    found = _LOOSE_ISO8601.fullmatch(text.strip())
    if not found:
        raise ValueError("not ISO 8601")
    day, clock, seconds, fraction, _, hours, minutes = found.groups()
    moment = _report_milliseconds("%sT%s%s.%s%s:%s" % (
        day, clock, seconds or ":00", fraction or "0", hours or "+00", minutes or "00"))
    if moment is None:
        raise ValueError("no such time")
    return moment


def body_digest(body):
    """SHA-256 of the body in its canonical form, hex: equal bodies, equal digests.

    Canonical: compact, members in the order of their keys' bytes, numbers as they stand, `\\"`, `\\\\`,
    `\\n`, `\\r`, `\\t` and else `\\u00xx` for control characters. The run's id and the frame's identity
    come from it.
    """
    return _digest(_parse_body(body))


def _digest(parsed):
    return hashlib.sha256(_spell(_sorted(parsed)).encode("utf-8")).hexdigest()


def _sorted(value):
    if isinstance(value, dict):  # code points sort as the bytes of UTF-8 do
        return {key: _sorted(value[key]) for key in sorted(value)}
    return list(map(_sorted, value)) if isinstance(value, list) else value


def _parse_body(body):
    """The body, its numbers as `_Digits`. Raises ValueError for what the tracker does not parse."""
    def number(text):
        if len(text) > MAX_NUMBER_BYTES or not math.isfinite(float(text)):
            raise ValueError("a number that no double holds")
        return _Digits(text)

    def members(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("duplicate key")
        return found

    def constant(text):
        raise ValueError("%s is not JSON" % text)
    try:
        parsed = json.loads(
            body.decode("utf-8"), parse_float=number, parse_int=number, parse_constant=constant,
            object_pairs_hook=members)
        if _depth(parsed) > MAX_BODY_DEPTH:
            raise RecursionError
    except RecursionError:
        raise ValueError("nested deeper than %d" % MAX_BODY_DEPTH) from None
    return parsed


def _depth(value):
    if not isinstance(value, (dict, list)):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, inner), default=0)


def events_of_body(body):
    """User, session, identity and log lines of a body: byte for byte what the server makes of it.

    That is what lets a report that went both ways count once. Raises ValueError for a body that the
    server refuses, and for one without a timestamp, which only its time of arrival could tell from
    another. `Tests/EndToEnd` compares it with the server, `clients/conformance/reports.json` has cases.
    """
    parsed = _parse_body(body)
    if not isinstance(parsed, dict):
        raise ValueError("the body must be a JSON object")
    user, test, metric = (_required(parsed, name) for name in ("userId", "challengeType", "metricName"))
    if len(metric) > MAX_METRIC_LENGTH:
        raise ValueError("metricName is longer than %d characters" % MAX_METRIC_LENGTH)
    details = parsed.get("runDetails")
    if not isinstance(details, dict):
        raise ValueError("runDetails is missing or not an object")
    value = parsed.get("value")
    if value is not None and not isinstance(value, _Digits):
        raise ValueError("value is not a number")
    stamp = parsed.get("timestamp")
    end = _report_milliseconds(stamp) if isinstance(stamp, str) else None
    if end is None or isinstance(stamp, _Digits):
        raise ValueError("timestamp %r is not ISO 8601" % (stamp,))
    labels = _report_labels(parsed.get("labels"))
    session = _report_session(details, end)
    directory_name(user), directory_name(session)
    if len(_spell(parsed).encode("utf-8")) > MAX_BODY_BYTES:
        raise ValueError("the body has more than %d bytes of JSON" % MAX_BODY_BYTES)
    digest = _digest(parsed)
    run, duration, begin = "track-" + digest[:16], details.get("duration_s"), end
    if isinstance(duration, _Digits) and duration.value > 0:
        begin = max(0.0, end + -duration.value * 1000)
    started = {"ts": begin, "event": "run_started", "run": run, "test": test}
    for name, key in (("target", "target_url"), ("commit", "commit_hash")):
        if _is_text(details.get(key)) and details[key]:
            started[name] = details[key]
    started["params"] = _report_params(parsed, details, metric)
    started["environment"] = {}
    lines = [started]
    if value is not None:
        sample = {"ts": end, "metric": metric, "value": value.value}
        if metric.endswith("_ms"):
            sample["unit"] = "ms"
        sample["run"] = run
        if labels:
            sample["labels"] = labels
        lines.append(sample)
    lines.append(
        {"ts": end, "event": "run_finished", "run": run, "state": "finished", "summary": details})
    return user, session, (digest[:32], 0), [_spell(line).encode("utf-8") + b"\n" for line in lines]


def _is_text(value):
    return isinstance(value, str) and not isinstance(value, _Digits)


def _required(parsed, name):
    text = parsed.get(name)
    if not _is_text(text) or not text:
        raise ValueError("%s is missing or not a text" % name)
    return _name(name, text)


def _report_labels(given):
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > MAX_LABELS:
        raise ValueError("labels is not a flat object of at most %d" % MAX_LABELS)
    labels = {}
    for key, value in given.items():
        if not key or isinstance(value, (dict, list)):
            raise ValueError("labels is not a flat object of texts and numbers")
        text = "" if value is None else str(value) if isinstance(value, str) else _spell(value)
        labels[_name("label name", key)] = _name("label", text)
    return labels


def _report_session(details, end):
    session = details.get("session_id")
    if session is None or (_is_text(session) and not session):
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days=min(end, MAX_STAMP_NS / 1e6) // 86_400_000)
        return "track-%04d%02d%02d" % (day.year, day.month, day.day)
    if not _is_text(session):
        raise ValueError("runDetails.session_id is not a text")
    return session


def _report_params(parsed, details, metric):
    params = {"metric_name": metric}
    params.update((key, value) for key, value in parsed.items() if key in BODY_PARAMETERS)
    params.update((key, details[key]) for key in RUN_PARAMETERS if key in details)
    known = BODY_PARAMETERS + ("userId", "challengeType", "metricName", "runDetails")
    other = {key: value for key, value in parsed.items() if key not in known}
    if other:
        params["other"] = other
    return params


_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))")


def _report_milliseconds(text):
    """Unix milliseconds as the server reads them; None for what it refuses. Without a zone: UTC."""
    spaced = text.replace(" ", "T", 1)
    found = _RFC3339.fullmatch(text) or _RFC3339.fullmatch(spaced) or _RFC3339.fullmatch(spaced + "Z")
    if not found:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    zone = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
    try:
        days = datetime.date(year, month, day).toordinal() - datetime.date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 60 or (sign and (int(hours) > 23 or int(minutes) > 59)):
        return None
    digits = (fraction or "")[:12]
    milliseconds = float((days * 86_400 + hour * 3_600 + (minute - zone) * 60 + second) * 1_000)
    milliseconds += float(int(digits or "0")) * 1_000 / float(10 ** len(digits))
    return milliseconds if milliseconds >= 0 else None


# ---------------------------------------------------------------------------------------------
# The spool: bodies that could not be delivered yet


class Spool:
    """One file a body, whole or not there at all; bounded; replayed oldest first."""

    def __init__(self, folder):
        self.folder = os.path.abspath(os.path.expanduser(folder))

    @staticmethod
    def default_folder(settings):
        state = settings.get("XDG_STATE_HOME") or os.path.join("~", ".local", "state")
        return settings.get("TRACKER_SPOOL") or os.path.join(state, "local-tracker", "spool")

    def names(self, part=""):
        try:
            return sorted(name for name in os.listdir(os.path.join(self.folder, part))
                          if name.endswith(".json"))
        except FileNotFoundError:
            return []

    def keep(self, body, part=""):
        """Raises OSError when it cannot be kept. `part` "rejected" is never replayed."""
        names, digest = self.names(part), hashlib.sha256(body).hexdigest()[:16]
        if any(name.endswith("-%s.json" % digest) for name in names):
            return
        folder = os.path.join(self.folder, part)
        used = sum(_size_of(os.path.join(folder, name)) for name in names)
        if len(names) >= MAX_SPOOL_FILES or used + len(body) > MAX_SPOOL_BYTES:
            raise OSError(errno.EDQUOT, "full: it has %d bodies, %d bytes" % (len(names), used),
                          folder)
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        now = min(max(0, time.time_ns()), MAX_SPOOL_NUMBER)
        name = "%019d-%s.json" % (max(now, _after(names)), digest)
        temporary = os.path.join(folder, ".%s-%s" % (digest, secrets.token_hex(4)))
        try:
            self._write_whole(temporary, body)
            os.rename(temporary, os.path.join(folder, name))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        try:
            _sync_folder(folder)
        except OSError as error:
            logger.warning("kept in %s, but a power cut may take it: %s", folder, error)

    @staticmethod
    def _write_whole(path, body):
        """The lock says that its writer lives: `_tidy` takes what nobody holds, at once."""
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _lock_shared(file)
            rest = memoryview(body)
            while rest:
                rest = rest[os.write(file, rest):]
            os.fsync(file)
        finally:
            os.close(file)

    def replay(self, deliver, seconds):
        """Gives each body to `deliver` until that says "later". Returns how many were delivered."""
        if not self.names():
            return 0
        lock = os.open(os.path.join(self.folder, ".lock"),
                       os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        delivered, end = 0, time.monotonic() + seconds
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._tidy()
            for name in self.names():
                path = os.path.join(self.folder, name)
                try:
                    body = _read_small(path, MAX_SPOOL_BYTES)
                    verdict = deliver(body)
                    if verdict == "later":
                        break
                    if verdict == "delivered":
                        os.unlink(path)
                        delivered += 1
                    else:
                        self._set_aside(path, body)
                except OSError as error:  # one that cannot be read or removed must not hold up the rest
                    logger.warning("spooled body %s stays: %s", path, error)
                if time.monotonic() > end:
                    break
        except BlockingIOError:
            logger.debug("another process replays the spool %s", self.folder)
        finally:
            os.close(lock)
        return delivered

    def _set_aside(self, path, body):
        """What the tracker refuses for good must not hold up the rest, and is not thrown away."""
        self.keep(body, "rejected")
        os.unlink(path)

    def _tidy(self):
        """Removes what a crash left of a body that was never whole."""
        for part in ("", "rejected"):
            folder = os.path.join(self.folder, part)
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                if re.fullmatch(r"\.[0-9a-f]{16}-[0-9a-f]{8}", name):
                    with contextlib.suppress(OSError):  # BlockingIOError: it is being written
                        self._remove_abandoned(os.path.join(folder, name))

    @staticmethod
    def _remove_abandoned(path):
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # An empty one may be of a writer that has not come to its lock yet: it holds no body.
            if os.fstat(file).st_size:
                os.unlink(path)
        finally:
            os.close(file)


def _after(names):
    """A number that sorts behind all of `names`, whatever the clock did since."""
    numbers = [name[:19] for name in names if re.fullmatch(r"[0-9]{19}-.*", name)]
    return int(max(numbers)) + 1 if numbers else 0


def _read_small(path, limit):
    """A regular file; never waits for a FIFO."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise OSError(errno.EINVAL, "not a regular file of at most %d bytes" % limit, path)
        parts = []
        while True:
            parts.append(os.read(file, 1 << 20))
            if not parts[-1]:
                return b"".join(parts)
    finally:
        os.close(file)


def _size_of(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # replayed by another process meanwhile


def _sync_folder(path):
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# ---------------------------------------------------------------------------------------------
# The class that programs written for the guide know


class LocalTrackerClient:
    """Sends one result of a load test. See `send_metrics`.

    LOCAL_TRACKER_API_KEY (or API_KEY), LOCAL_TRACKER_USER_ID (or INFLUENCER_USER, or `anonymous`),
    TRACKING_SERVICE_URL, TRACKER_DATA and TRACKER_SPOOL come from the environment, then from
    `.env` in the current directory.
    """

    def __init__(self):
        settings = read_settings()
        self.api_key = settings.get("LOCAL_TRACKER_API_KEY") or settings.get("API_KEY")
        self.user_id = user_of(settings)
        self.service_url = settings.get("TRACKING_SERVICE_URL")
        self.data = os.path.abspath(settings.get("TRACKER_DATA") or "data")
        self.spool = Spool(Spool.default_folder(settings))
        self._session = None
        self._writers = collections.OrderedDict()
        self._lock = threading.RLock()
        _forkable.add(self)

    @property
    def session_id(self):
        """The current session (`tracker session start`), else a new one for this client."""
        with self._lock:
            if self._session is None:
                self._session = current_session(self.data, self.user_id) or new_session_id()
            return self._session

    def send_metrics(self, challenge_type, metric_name, metrics_data, session_id=None,
                     retries=3, backoff_factor=0.5):
        """Sends one result. Returns True once the tracker, or its log, has it. Never raises.

        `metrics_data` is a dict. `value`, or else the member named like the metric, is the value;
        `labels` (dict) and `timestamp` (ISO 8601, datetime or Unix milliseconds) are optional; all
        else, at the top or in `runDetails`, is the run's details: `target_url`, `commit_hash`,
        `total_requests`, `error_rate` (percent, 0 to 100), `rps`, `duration_s` and so on.

        After `retries` failed tries, `backoff_factor * 2^n` seconds apart, the body is kept in the
        spool and False is returned; the next call that gets through, or `flush_spool()`, sends it.
        """
        try:
            body = make_body(self.user_id, challenge_type, metric_name, metrics_data,
                             session_id or self.session_id)
            verdict = self._try(body, retries, backoff_factor)
            if verdict == "delivered":
                self._replay(REPLAY_SECONDS)
                return True
            if verdict == "rejected":
                self.spool.keep(body, "rejected")
                logger.error("refused for good; kept in %s/rejected", self.spool.folder)
                return False
            self.spool.keep(body)
            logger.warning("not delivered yet; kept in %s, sent with a later call",
                           self.spool.folder)
        except Exception as error:  # the host program's work matters more than its numbers
            logger.error("metrics are lost: %s", error)
        return False

    def flush_spool(self, seconds=60.0):
        """Sends what earlier calls left behind. Returns whether nothing is left."""
        self._replay(seconds)
        try:
            return not self.spool.names()
        except OSError as error:
            logger.warning("cannot list %s: %s", self.spool.folder, error)
            return False

    def close(self):
        """Gives the files back; the client can still be used."""
        with self._lock:
            while self._writers:
                writer = self._writers.popitem()[1]
                try:
                    writer.close()
                except OSError as error:
                    logger.error("session %s: %s", writer.session, error)

    def _replay(self, seconds):
        try:
            return self.spool.replay(self._deliver_spooled, seconds)
        except OSError as error:
            logger.warning("cannot replay %s: %s", self.spool.folder, error)
            return 0

    def _deliver_spooled(self, body):
        verdict = self._deliver(body)
        return "later" if verdict == "again" else verdict

    def _try(self, body, retries, backoff_factor):
        tries = max(1, int(retries))
        for number in range(tries):
            if number:
                time.sleep(min(max(0.0, backoff_factor) * 2 ** (number - 1), MAX_BACKOFF_SECONDS))
            verdict = self._deliver(body)
            if verdict != "again":
                return verdict
        return "later"

    def _deliver(self, body):
        """"delivered"; "again": a fault that may pass; "later": as yet no use; "rejected": for good."""
        try:
            return self._post(body) if self.service_url else self._append(body)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            logger.error("this body cannot be logged: %s", error)
            return "rejected"

    def _append(self, body):
        user, session, identity, lines = events_of_body(body)
        with self._lock:
            try:
                writer = self._writer(user, session)
                writer.append(lines, identity)
                writer.sync()
                return "delivered"
            except OSError as error:
                logger.warning("cannot write below %s: %s", self.data, error)
                return "again"

    def _writer(self, user, session):
        key = (user, session)
        if key not in self._writers:
            while len(self._writers) >= MAX_OPEN_WRITERS:
                self._writers.popitem(last=False)[1].close()
            self._writers[key] = SegmentWriter(self.data, user, session, level="durable")
        self._writers.move_to_end(key)
        return self._writers[key]

    def _post(self, body):
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["x-api-key"] = self.api_key
        try:
            request = urllib.request.Request(self.service_url, body, headers, method="POST")
            if request.type not in ("http", "https") or not request.host:
                raise ValueError("not an http address")
            with _opener(request.host).open(request, timeout=HTTP_TIMEOUT_SECONDS) as reply:
                reply.read(64 << 10)
                return "delivered"
        except urllib.error.HTTPError as error:
            with error:
                reason = error.read(1 << 10).decode("utf-8", "replace").strip()
            logger.warning("the tracker answered %d: %s", error.code, reason)
            if error.code in (400, 413, 415, 422):
                return "rejected"
            return "again" if error.code in (408, 429) or error.code >= 500 else "later"
        except ValueError as error:
            logger.error("TRACKING_SERVICE_URL %r: %s", self.service_url, error)
            return "later"
        except Exception as error:  # refused, reset, timed out, half an answer: http.client's and OSError
            logger.warning("no answer from %s: %s", self.service_url, error)
            return "again"

    def __getstate__(self):
        """In another process: the same settings, with files of its own."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_writers")}

    def __setstate__(self, state):
        self.__dict__.update(state, _lock=threading.RLock(), _writers=collections.OrderedDict())
        _forkable.add(self)

    def _forked(self):
        """In a forked child: its own writers, its own lock."""
        for writer in self._writers.values():
            writer.abandon()
        self._writers = collections.OrderedDict()
        self._lock = threading.RLock()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would lose its body, and carry the key elsewhere."""

    def redirect_request(self, *_):
        return None


class _Reply(io.RawIOBase):
    """An answer's bytes, until the time of the whole try is over: a server that sends one now and
    then must not hold the program."""

    def __init__(self, connection, end):
        self._connection, self._end = connection, end
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self):
        return True

    def readinto(self, buffer):
        rest = self._end - time.monotonic()
        if rest <= 0:
            raise TimeoutError("no whole answer within %s s" % HTTP_TIMEOUT_SECONDS)
        self._connection.settimeout(rest)
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        super().close()


class _Socket:
    """What http.client uses of a socket, with `_Reply` for its answer."""

    def __init__(self, connection):
        self._connection, self._end = connection, time.monotonic() + HTTP_TIMEOUT_SECONDS

    def makefile(self, *_):
        return io.BufferedReader(_Reply(self._connection, self._end))

    def __getattr__(self, name):
        return getattr(self._connection, name)


class _Prompt:
    def connect(self):
        super().connect()
        self.sock = _Socket(self.sock)


class _HTTPConnection(_Prompt, http.client.HTTPConnection):
    pass


class _HTTPHandler(urllib.request.HTTPHandler):
    def http_open(self, request):
        return self.do_open(_HTTPConnection, request)


_handlers = [_HTTPHandler]
if hasattr(http.client, "HTTPSConnection"):  # a Python without OpenSSL has none
    class _HTTPSConnection(_Prompt, http.client.HTTPSConnection):
        pass

    class _HTTPSHandler(urllib.request.HTTPSHandler):
        def https_open(self, request):
            return self.do_open(_HTTPSConnection, request)

    _handlers.append(_HTTPSHandler)


def _opener(host):
    """Loopback is never reached through a proxy, whatever the environment says."""
    name = urllib.parse.urlsplit("//" + host).hostname
    proxies = [urllib.request.ProxyHandler({})] if name in ("localhost", "127.0.0.1", "::1") else []
    return urllib.request.build_opener(_NoRedirect, *_handlers, *proxies)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    _recover(os.path.abspath(read_settings().get("TRACKER_DATA") or "data"))
    raise SystemExit(0 if LocalTrackerClient().flush_spool() else 1)
