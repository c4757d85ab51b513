"""Logs the requests of a WSGI application: route, method, status and latency to the end of the body."""
from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, Optional

from ._recorder import UNMATCHED, Names, Sink, Timing, logger, method_of, path_pattern

METRIC = "http.server.latency_ms"

Application = Callable[[Any, Any], Iterable[bytes]]


class TrackerWSGI:
    """`app = TrackerWSGI(app)`; in Flask `app.wsgi_app = TrackerWSGI(app.wsgi_app)`.

    An exception is `ok: false` with its type as the label `error`, and is passed on. A body that the
    server closes before its end, as when the browser went away, has the error `unfinished`.
    `route(environ)` may name the route; Flask's, werkzeug's and bottle's are known. Else the path is
    it, with `{}` for what looks like an identifier.
    """

    def __init__(self, app: Application, *, log: Optional[Sink] = None, metric: str = METRIC,
                 route: Optional[Callable[[Any], Optional[str]]] = None) -> None:
        self._app, self._log, self._metric, self._route = app, log, metric, route
        self._names = Names()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        timing = Timing(self._log, self._metric)

        def started(status: Any, *others: Any, **named: Any) -> Any:
            timing.labels["status"] = str(status)[:3]
            self._name(environ, timing)  # now: Flask forgets its request before the body is sent
            return start_response(status, *others, **named)

        try:
            body = self._app(environ, started)
        except BaseException as error:
            self._end(environ, timing, error)
            raise
        kind = _SizedBody if hasattr(body, "__len__") else _Body
        return kind(body, environ, timing, self._end)

    def _name(self, environ: Any, timing: Timing) -> None:
        try:
            timing.labels["method"] = method_of(environ.get("REQUEST_METHOD"))
            timing.labels["route"] = self._names.of(str(self._route_of(environ)))
        except Exception as fault:  # the route is a function of the program
            logger.warning("a request without its route: %s", fault)

    def _end(self, environ: Any, timing: Timing, error: Any) -> None:
        if "route" not in timing.labels:
            self._name(environ, timing)
        timing.end(error)

    def _route_of(self, environ: Any) -> str:
        route = self._route(environ) if self._route else None
        if route is not None:
            return route
        request = environ.get("werkzeug.request")
        if hasattr(request, "url_rule"):
            rule = getattr(request.url_rule, "rule", None)
            return UNMATCHED if rule is None else str(environ.get("SCRIPT_NAME") or "") + str(rule)
        rule = getattr(environ.get("bottle.route"), "rule", None)
        if isinstance(rule, str):
            return rule
        path = str(environ.get("SCRIPT_NAME") or "") + str(environ.get("PATH_INFO") or "")
        return path_pattern(path.encode("latin-1", "replace").decode("utf-8", "replace") or "/")


class _Body:
    def __init__(self, body: Iterable[bytes], environ: Any, timing: Timing,
                 end: Callable[[Any, Timing, Any], None]) -> None:
        self._body, self._environ, self._timing, self._end = body, environ, timing, end
        self._iterator: Optional[Iterator[bytes]] = None
        self._is_read = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._iterator is None:
                self._iterator = iter(self._body)
            return next(self._iterator)
        except StopIteration:
            self._ended(None)
            raise
        except BaseException as error:
            self._ended(error)
            raise

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        try:
            if close is not None:
                close()
        except BaseException as error:
            self._ended(error)
            raise
        # The answer to HEAD has a body that no server needs to read.
        self._ended(None if self._environ.get("REQUEST_METHOD") == "HEAD" else "unfinished")

    def _ended(self, error: Any) -> None:
        if not self._is_read:
            self._is_read = True
            self._end(self._environ, self._timing, error)


class _SizedBody(_Body):
    """A server sets Content-Length by itself when a body has one part."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]
