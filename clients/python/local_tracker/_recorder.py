"""Where the hooks of this package put what they measured.

Nothing here raises into the program, waits for a disk, or grows without a bound.
"""
from __future__ import annotations

import logging
import os
import re
import threading
import time
from typing import Callable, Dict, Mapping, Optional, Protocol, Set, Union
from urllib.parse import urlsplit

from local_tracker_client import SessionLog

logger = logging.getLogger("local_tracker")

#: Routes, hosts or names that one hook tells apart: each is a series of the index, and stays in memory.
MAX_NAMES = 200
#: Characters of such a name: a path may be as long as a server allows.
MAX_NAME_LENGTH = 256
#: Parts of a path that stay in a route which was guessed from it.
MAX_PATH_PARTS = 8
#: What stands for all names beyond `MAX_NAMES`, and for a method that HTTP does not have.
OTHER = "other"
#: The route of a request that the framework had no route for.
UNMATCHED = "unmatched"

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"))


class Sink(Protocol):
    """What takes samples: a `SessionLog`, a `Run` of one, or an object of yours."""

    def sample(self, metric: str, value: float, unit: Optional[str] = None, *, ok: Optional[bool] = None,
               labels: Optional[Mapping[str, object]] = None) -> bool:
        ...


class _Shared:
    """The log of all hooks that were given none. One for the process, made by its first sample."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.log: Optional[SessionLog] = None
        self.failed = False

    def get(self) -> Optional[SessionLog]:
        if self.log is None and not self.failed:
            with self.lock:
                if self.log is None and not self.failed:
                    self._open()
        return self.log

    def _open(self) -> None:
        try:
            self.log = SessionLog(policy="drop")  # an event loop must not wait for a disk
        except Exception as error:
            self.failed = True
            logger.error("nothing is logged: %s", error)

    def forked(self) -> None:
        """The lock may have been held by a thread that the child does not have."""
        self.lock = threading.Lock()


_shared = _Shared()
os.register_at_fork(after_in_child=_shared.forked)


def default_log() -> Optional[SessionLog]:
    """The log of the hooks that were given none; None when it cannot be opened.

    It joins the current session, or is a new one. When the disk does not take more, it drops.
    """
    return _shared.get()


class Timing:
    """One thing that is timed, from now on. `end` logs it, once: later calls do nothing."""

    __slots__ = ("labels", "ok", "_log", "_metric", "_begin", "_is_open", "__weakref__")

    def __init__(self, log: Optional[Sink], metric: str, labels: Optional[Mapping[str, object]] = None) -> None:
        self.labels: Dict[str, object] = dict(labels or {})
        self.ok: Optional[bool] = None
        self._log, self._metric, self._is_open = log, metric, True
        self._begin = time.perf_counter()

    def end(self, error: Union[BaseException, str, None] = None) -> None:
        """`error` makes it a failure; its type is the label `error`."""
        milliseconds = (time.perf_counter() - self._begin) * 1000
        if not self._is_open:
            return
        self._is_open = False
        if error is not None:
            self.ok = False
            self.labels.setdefault("error", error if isinstance(error, str) else type(error).__name__)
        record(self._log, self._metric, milliseconds, self.labels, self.ok)


def record(log: Optional[Sink], metric: str, milliseconds: float, labels: Mapping[str, object],
           ok: Optional[bool] = None) -> None:
    """One sample in milliseconds. Never raises, whatever the log does."""
    try:
        sink: Optional[Sink] = log if log is not None else default_log()
        if sink is not None:
            sink.sample(metric, milliseconds, unit="ms", ok=ok, labels=labels)
    except Exception as error:
        logger.warning("%s not logged: %s", metric, error)


class Names:
    """At most `limit` different names; those that come later are `other`."""

    def __init__(self, limit: int = MAX_NAMES) -> None:
        self._limit = limit
        self._known: Set[str] = set()

    def of(self, name: str) -> str:
        name = name[:MAX_NAME_LENGTH]
        if name not in self._known:
            if len(self._known) >= self._limit:
                return OTHER
            self._known.add(name)
        return name


class Requests:
    """The labels of requests that a program sends: method, host and, when it is told, route."""

    def __init__(self, route: Optional[Callable[[str, str], Optional[str]]]) -> None:
        self._route, self._hosts, self._routes = route, Names(), Names()

    def labels(self, method: object, url: object) -> Dict[str, object]:
        try:
            labels: Dict[str, object] = {"method": method_of(method)}
            labels["host"] = self._hosts.of(urlsplit(str(url)).netloc.rpartition("@")[2])
            route = self._route(str(method), str(url)) if self._route else None
            if route is not None:
                labels["route"] = self._routes.of(str(route))
            return labels
        except Exception as error:  # the route is a function of the program
            logger.warning("a request without its labels: %s", error)
            return {}


def method_of(method: object) -> str:
    name = str(method).upper()
    return name if name in METHODS else OTHER


# A number, or what has a digit and is long enough for an identifier.
_VARIABLE = re.compile(r"[0-9]+|(?=.*[0-9])[0-9A-Za-z_=-]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|.{65,}", re.S)


def path_pattern(path: str) -> str:
    """The path with `{}` for what looks like an identifier: `/items/42` is `/items/{}`."""
    parts = path[:4 * MAX_NAME_LENGTH].split("/")
    short = ["{}" if _VARIABLE.fullmatch(part) else part for part in parts[:MAX_PATH_PARTS + 1]]
    return "/".join(short + (["…"] if len(parts) > MAX_PATH_PARTS + 1 else []))
