"""Logs what a program sends by `httpx`, from its `Client` and its `AsyncClient`."""
from __future__ import annotations

from types import TracebackType
from typing import Any, AsyncIterator, Callable, Iterator, Optional, Type, TypeVar

import httpx

from ._recorder import Requests, Sink, Timing, logger

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

METRIC = "http.client.latency_ms"


class RecordingTransport(httpx.BaseTransport):
    """Logs each request of the transport that it stands before, to the end of the body."""

    def __init__(self, transport: httpx.BaseTransport, *, log: Optional[Sink] = None, metric: str = METRIC,
                 route: Optional[Callable[[str, str], Optional[str]]] = None) -> None:
        self._transport, self._log, self._metric, self._requests = transport, log, metric, Requests(route)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timing = Timing(self._log, self._metric, self._requests.labels(request.method, request.url))
        try:
            response = self._transport.handle_request(request)
        except BaseException as error:
            timing.end(error)
            raise
        timing.labels["status"] = response.status_code
        if response.is_closed or not isinstance(response.stream, httpx.SyncByteStream):
            timing.end()
        else:
            response.stream = _Body(response.stream, timing)
        return response

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> RecordingTransport:
        self._transport.__enter__()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]] = None, error: Optional[BaseException] = None,
                 trace: Optional[TracebackType] = None) -> None:
        self._transport.__exit__(kind, error, trace)


class AsyncRecordingTransport(httpx.AsyncBaseTransport):
    """The same for an `httpx.AsyncClient`."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, log: Optional[Sink] = None, metric: str = METRIC,
                 route: Optional[Callable[[str, str], Optional[str]]] = None) -> None:
        self._transport, self._log, self._metric, self._requests = transport, log, metric, Requests(route)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timing = Timing(self._log, self._metric, self._requests.labels(request.method, request.url))
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            timing.end(error)
            raise
        timing.labels["status"] = response.status_code
        if response.is_closed or not isinstance(response.stream, httpx.AsyncByteStream):
            timing.end()
        else:
            response.stream = _AsyncBody(response.stream, timing)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def __aenter__(self) -> AsyncRecordingTransport:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, kind: Optional[Type[BaseException]] = None, error: Optional[BaseException] = None,
                        trace: Optional[TracebackType] = None) -> None:
        await self._transport.__aexit__(kind, error, trace)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, timing: Timing) -> None:
        self._stream, self._timing = stream, timing

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self._stream:
                yield part
        except GeneratorExit:  # the program wants no more of it
            raise
        except BaseException as error:
            self._timing.end(error)
            raise
        self._timing.end()

    def close(self) -> None:
        self._timing.end()
        self._stream.close()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, timing: Timing) -> None:
        self._stream, self._timing = stream, timing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            self._timing.end(error)
            raise
        self._timing.end()

    async def aclose(self) -> None:
        self._timing.end()
        await self._stream.aclose()


def record_httpx(client: C, *, log: Optional[Sink] = None, metric: str = METRIC,
                 route: Optional[Callable[[str, str], Optional[str]]] = None) -> C:
    """Logs each request of this client, of redirects too, and returns it.

    A sample has the labels method, host and status, and ends with the body. An exception is
    `ok: false` with its type as `error`. `route(method, url)` may name the route.
    """
    own: Any = client

    def before(transport: Any) -> Any:
        if transport is None or isinstance(transport, (RecordingTransport, AsyncRecordingTransport)):
            return transport
        kind: Any = AsyncRecordingTransport if isinstance(client, httpx.AsyncClient) else RecordingTransport
        return kind(transport, log=log, metric=metric, route=route)

    try:
        # httpx has no public way into a client that is there already.
        mounts = {pattern: before(transport) for pattern, transport in own._mounts.items()}
        own._transport, own._mounts = before(own._transport), mounts
    except AttributeError as error:
        logger.error("nothing of this httpx client is logged, give it a RecordingTransport: %s", error)
    return client
