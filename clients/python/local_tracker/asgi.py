"""Logs the requests of an ASGI application: route, method, status and latency to the end of the body."""
from __future__ import annotations

from typing import Any, Awaitable, Callable, MutableMapping, Optional

from ._recorder import UNMATCHED, Names, Sink, Timing, logger, method_of, path_pattern

METRIC = "http.server.latency_ms"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


class TrackerASGI:
    """`app = TrackerASGI(app)`; in Starlette and FastAPI `app.add_middleware(TrackerASGI)`.

    An exception is `ok: false` with its type as the label `error`, and is passed on. A response that
    the application leaves without an end has the error `unfinished`. WebSockets and the lifespan pass
    through. `route(scope)` may name the route; Starlette's and FastAPI's are known. Else the path is
    it, with `{}` for what looks like an identifier.
    """

    def __init__(self, app: Application, *, log: Optional[Sink] = None, metric: str = METRIC,
                 route: Optional[Callable[[Any], Optional[str]]] = None) -> None:
        self._app, self._log, self._metric, self._route = app, log, metric, route
        self._names = Names()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timing, is_open = Timing(self._log, self._metric), True

        def end(error: Any) -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                self._end(scope, timing, error)

        async def sending(message: Message) -> None:
            kind = message.get("type")
            if kind == "http.response.start":
                timing.labels["status"] = message.get("status")
            await send(message)
            if kind == "http.response.pathsend" or (
                    kind == "http.response.body" and not message.get("more_body", False)):
                end(None)

        try:
            await self._app(scope, receive, sending)
        except BaseException as error:
            end(error)
            raise
        end("unfinished")

    def _end(self, scope: Any, timing: Timing, error: Any) -> None:
        try:
            timing.labels["method"] = method_of(scope.get("method"))
            timing.labels["route"] = self._names.of(str(self._route_of(scope)))
        except Exception as fault:  # the route is a function of the program
            logger.warning("a request without its route: %s", fault)
        timing.end(error)

    def _route_of(self, scope: Any) -> str:
        route = self._route(scope) if self._route else None
        if route is not None:
            return route
        template = getattr(scope.get("route"), "path", None)
        if isinstance(template, str):
            root = path_pattern(str(scope.get("root_path") or ""))
            return root if template and root.endswith(template) else root + template
        if "endpoint" in scope:  # an older Starlette names the parameters alone
            values = {str(value): name for name, value in (scope.get("path_params") or {}).items()}
            parts = str(scope.get("path") or "/").split("/")
            return "/".join("{%s}" % values[part] if part in values else part for part in parts)
        return UNMATCHED if "router" in scope else path_pattern(str(scope.get("path") or "/"))
