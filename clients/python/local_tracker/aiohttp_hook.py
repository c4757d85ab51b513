"""Logs what a program sends by `aiohttp`."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Optional

import aiohttp

from ._recorder import Requests, Sink, Timing, logger

METRIC = "http.client.latency_ms"


def tracker_trace(*, log: Optional[Sink] = None, metric: str = METRIC,
                  route: Optional[Callable[[str, str], Optional[str]]] = None) -> aiohttp.TraceConfig:
    """For `ClientSession(trace_configs=[tracker_trace()])`: a sample for each call.

    A sample has the labels method, host and status, and lasts with all redirects to the end of the
    body, or until the response is closed. An exception is
    `ok: false` with its type as `error`. `route(method, url)` may name the route.
    """
    requests = Requests(route)

    async def begin(_: aiohttp.ClientSession, context: SimpleNamespace, about: aiohttp.TraceRequestStartParams) -> None:
        context.local_tracker = Timing(log, metric, requests.labels(about.method, about.url))

    async def end(_: aiohttp.ClientSession, context: SimpleNamespace, about: aiohttp.TraceRequestEndParams) -> None:
        timing: Timing = context.local_tracker
        try:
            timing.labels["status"] = about.response.status
            connection, content = about.response.connection, about.response.content
            if connection is None:  # there is no body, or all of it came with the head
                timing.end()
            else:  # given back at the body's end, after a fault, and when the response is closed
                connection.add_callback(lambda: timing.end(_fault_of(content)))
        except Exception as error:
            logger.debug("a body is timed to its begin: %s", error)
            timing.end()

    async def fail(_: aiohttp.ClientSession, context: SimpleNamespace, about: aiohttp.TraceRequestExceptionParams) -> None:
        context.local_tracker.end(about.exception)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(fail)
    return trace


def _fault_of(content: Any) -> Optional[BaseException]:
    error: Optional[BaseException] = content.exception()
    # Of this very type, not of one below it: the program closed the response itself.
    return None if type(error) is aiohttp.ClientConnectionError else error
