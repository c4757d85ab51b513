"""Logs what a program sends by `requests`."""
from __future__ import annotations

import contextvars
import functools
import importlib
import sys
import weakref
from typing import Any, Callable, Optional, TypeVar

from ._recorder import Requests, Sink, Timing, logger

S = TypeVar("S")

METRIC = "http.client.latency_ms"
#: Whether a call is within another one: `send` calls itself for each redirect.
_is_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("local_tracker_requests", default=False)


def record_requests(session: Optional[S] = None, *, log: Optional[Sink] = None, metric: str = METRIC,
                    route: Optional[Callable[[str, str], Optional[str]]] = None) -> Optional[S]:
    """Logs each call of this `requests.Session`; without one, of every session of the program.

    A sample has the labels method, host and status, and lasts with all redirects to the end of the
    body. An exception is `ok: false` with its type as `error`. With `stream=True` a sample ends when
    the body was read, or closed. `route(method, url)` may name the route. Returns the session.
    """
    target: Any = session if session is not None else importlib.import_module("requests").Session
    send = target.send
    if getattr(send, "_local_tracker", False):
        return session
    requests = Requests(route)

    def measured(call: Callable[..., Any], own: Any, request: Any, options: Any) -> Any:
        if _is_inside.get():
            return call(request, **options)
        timing = Timing(log, metric, requests.labels(getattr(request, "method", None), getattr(request, "url", None)))
        token = _is_inside.set(True)
        try:
            response = call(request, **options)
        except BaseException as error:
            timing.end(error)
            raise
        finally:
            _is_inside.reset(token)
        timing.labels["status"] = getattr(response, "status_code", None)
        if options.get("stream", getattr(own, "stream", False)):
            _end_with_body(response, timing)
        else:
            timing.end()
        return response

    if session is None:
        @functools.wraps(send)
        def send_of_class(self: Any, request: Any, **options: Any) -> Any:
            return measured(functools.partial(send, self), self, request, options)
        replaced: Any = send_of_class
    else:
        @functools.wraps(send)
        def send_of_session(request: Any, **options: Any) -> Any:
            return measured(send, session, request, options)
        replaced = send_of_session
    replaced._local_tracker = True
    target.send = replaced
    return session


def _end_with_body(response: Any, timing: Timing) -> None:
    """urllib3 gives the connection back at the body's end, after a fault and when it is closed."""
    try:
        raw = response.raw
        release = raw.release_conn

        def release_conn() -> Any:
            timing.end(sys.exc_info()[1])
            return release()
        raw.release_conn = release_conn
        weakref.finalize(response, timing.end).atexit = False
    except Exception as error:  # an adapter that is not urllib3's
        logger.debug("a streamed body is timed to its begin: %s", error)
        timing.end()
