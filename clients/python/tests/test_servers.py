"""The WSGI and ASGI middleware: alone, by table, and in Flask and Starlette behind real servers."""
import asyncio
import contextlib
import socket
import threading
import urllib.error
import urllib.request
import wsgiref.simple_server
import wsgiref.util
import wsgiref.validate

import flask
import pytest
import starlette.applications
import starlette.responses
import starlette.routing
import starlette.staticfiles
import uvicorn
import werkzeug.serving
import werkzeug.test

from hooks import Broken, Kept
from local_tracker.asgi import TrackerASGI
from local_tracker.wsgi import TrackerWSGI


def get(url):
    """The status and the body."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


# -- WSGI


class Failing(list):
    closed = 0

    def close(self):
        self.closed += 1


def ask(app, path="/", method="GET", parts=None):
    """As a server does: reads all, or so many parts, and closes. Returns what it read."""
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method}
    wsgiref.util.setup_testing_defaults(environ)
    body = app(environ, lambda status, headers, *rest: None)
    try:
        iterator = iter(body)
        return list(iterator) if parts is None else [next(iterator) for _ in range(parts)]
    finally:
        if hasattr(body, "close"):
            body.close()


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one", b"two"]


def late(environ, start_response):
    start_response("200 OK", [])
    yield b"one"
    yield b"two"


def raises(environ, start_response):
    raise LookupError("no")


def raises_late(environ, start_response):
    start_response("200 OK", [])
    yield b"one"
    raise LookupError("no")


def changes_its_mind(environ, start_response):
    start_response("200 OK", [])
    start_response("503 Busy", [], (LookupError, LookupError("no"), None))
    return [b""]


WSGI = {  # name: application, method, parts that the server reads, then what is logged
    "a list": (plain, "GET", None, None, {"status": "200"}),
    "a generator": (late, "GET", None, None, {"status": "200"}),
    "a raise before the answer": (raises, "GET", None, False, {"error": "LookupError"}),
    "a raise within the body": (raises_late, "GET", None, False, {"status": "200", "error": "LookupError"}),
    "another answer": (changes_its_mind, "GET", None, None, {"status": "503"}),
    "the browser went away": (plain, "GET", 1, False, {"status": "200", "error": "unfinished"}),
    "a head is not read": (plain, "HEAD", 0, None, {"status": "200"}),
    "a strange method": (plain, "BREW", None, None, {"status": "200"}),
}


@pytest.mark.parametrize("name", WSGI)
def test_wsgi(name):
    app, method, parts, ok, labels = WSGI[name]
    log = Kept()
    caught = contextlib.nullcontext()
    if labels.get("error") == "LookupError":
        caught = pytest.raises(LookupError)
    with caught:
        ask(TrackerWSGI(app, log=log), "/items/42", method, parts)
    labels = {"route": "/items/{}", "method": "other" if method == "BREW" else method, **labels}
    assert log.samples == [("http.server.latency_ms", ok, labels)]


@pytest.mark.parametrize("app", (plain, late))
def test_a_wsgi_body_is_measured_to_its_end(app):
    log = Kept()
    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    body = iter(TrackerWSGI(app, log=log)(environ, lambda *_: None))
    assert [next(body), next(body)] == [b"one", b"two"] and log.samples == []
    assert list(body) == [] and len(log.samples) == 1
    body.close()
    assert len(log.samples) == 1


def test_a_body_is_closed_once_and_keeps_its_length():
    inner = Failing([b"one"])

    def app(environ, start_response):
        start_response("200 OK", [])
        return inner
    log = Kept()
    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    body = TrackerWSGI(app, log=log)(environ, lambda *_: None)
    assert len(body) == 1 and not hasattr(TrackerWSGI(late, log=log)(environ, lambda *_: None), "__len__")
    list(body)
    body.close()
    assert inner.closed == 1 and len(log.samples) == 1


def test_wsgi_keeps_the_protocol():
    """wsgiref's validator between the server and the middleware, and between it and the application."""
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]
    whole = wsgiref.validate.validator(TrackerWSGI(wsgiref.validate.validator(app), log=Kept()))
    with wsgi_server(whole) as url:
        assert get(url) == (200, b"ok")


def test_wsgi_with_a_broken_log_and_route():
    app = TrackerWSGI(plain, log=Broken(), route=lambda environ: 1 / 0)
    assert ask(app) == [b"one", b"two"]
    with pytest.raises(LookupError):
        ask(TrackerWSGI(raises, log=Broken()))


def test_routes_are_bounded():
    log = Kept()
    app = TrackerWSGI(plain, log=log)
    for number in range(300):
        ask(app, "/" + "x" * (number % 60) + "y" * (number // 60))
    assert len({labels["route"] for labels in log.labels}) == 201


@contextlib.contextmanager
def wsgi_server(app):
    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *_):
            pass
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Quiet)
    with served(server, "http://127.0.0.1:%d" % server.server_port) as url:
        yield url


@contextlib.contextmanager
def served(server, url):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_flask_behind_a_real_server(caplog):
    log, app = Kept(), flask.Flask("shop")
    app.wsgi_app = TrackerWSGI(app.wsgi_app, log=log)

    @app.route("/items/<int:number>")
    def item(number):
        return "item %d" % number

    @app.route("/parts")
    def parts():
        return flask.Response(iter(["a", "b"]))

    @app.route("/fault")
    def fault():
        raise LookupError("no")

    class Quiet(werkzeug.serving.WSGIRequestHandler):
        def log(self, *_):
            pass
    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    with served(server, "http://127.0.0.1:%d" % server.server_port) as url:
        assert get(url + "/items/42") == (200, b"item 42") and get(url + "/parts") == (200, b"ab")
        assert get(url + "/fault")[0] == 500 and get(url + "/nothing/42")[0] == 404
    assert [(labels["route"], labels["status"]) for labels in log.labels] == [
        ("/items/<int:number>", "200"), ("/parts", "200"), ("/fault", "500"), ("unmatched", "404")]
    app.config["PROPAGATE_EXCEPTIONS"] = True  # then it is the server's
    with pytest.raises(LookupError):
        werkzeug.test.Client(app).get("/fault")
    assert log.samples[-1] == ("http.server.latency_ms", False,
                               {"route": "/fault", "method": "GET", "error": "LookupError"})


# -- ASGI


async def answer(send, *parts, status=200, end=True):
    await send({"type": "http.response.start", "status": status, "headers": []})
    for number, part in enumerate(parts):
        await send({"type": "http.response.body", "body": part, "more_body": number < len(parts) - 1 or not end})


async def whole(scope, receive, send):
    await answer(send, b"one", b"two")


async def goes_on(scope, receive, send):
    await answer(send, b"one")
    raise LookupError("a task after the answer")


async def raises_at_once(scope, receive, send):
    raise LookupError("no")


async def raises_within(scope, receive, send):
    await answer(send, b"one", end=False)
    raise LookupError("no")


async def leaves(scope, receive, send):
    await answer(send, b"one", end=False)


async def cancelled(scope, receive, send):
    raise asyncio.CancelledError


ASGI = {  # name: application, what it raises, then what is logged
    "parts": (whole, None, None, {"status": 200}),
    "a fault after the answer": (goes_on, LookupError, None, {"status": 200}),
    "a raise before the answer": (raises_at_once, LookupError, False, {"error": "LookupError"}),
    "a raise within the body": (raises_within, LookupError, False, {"status": 200, "error": "LookupError"}),
    "no end": (leaves, None, False, {"status": 200, "error": "unfinished"}),
    "cancelled": (cancelled, asyncio.CancelledError, False, {"error": "CancelledError"}),
}


def run_asgi(app, scope, send=None):
    sent = []

    async def keep(message):
        sent.append(message)
    coroutine = app(scope, None, send or keep)
    with contextlib.suppress(StopIteration):
        coroutine.send(None)
    return sent


@pytest.mark.parametrize("name", ASGI)
@pytest.mark.parametrize("log", (Kept, Broken))
def test_asgi(name, log):
    app, error, ok, labels = ASGI[name]
    log = log()
    scope = {"type": "http", "method": "GET", "path": "/items/42"}
    with pytest.raises(error) if error else contextlib.nullcontext():
        run_asgi(TrackerASGI(app, log=log), scope)
    if isinstance(log, Kept):
        assert log.samples == [("http.server.latency_ms", ok, {"route": "/items/{}", "method": "GET", **labels})]


def test_an_asgi_body_is_measured_to_its_end():
    log, counts = Kept(), []

    async def send(message):
        counts.append(len(log.samples))
    run_asgi(TrackerASGI(whole, log=log), {"type": "http", "method": "GET", "path": "/"}, send)
    assert counts == [0, 0, 0] and len(log.samples) == 1


def test_a_browser_that_went_away():
    log = Kept()

    async def send(message):
        raise OSError("gone")
    with pytest.raises(OSError):
        run_asgi(TrackerASGI(whole, log=log), {"type": "http", "method": "GET", "path": "/"}, send)
    assert log.samples == [("http.server.latency_ms", False,
                            {"status": 200, "method": "GET", "route": "/", "error": "OSError"})]


@pytest.mark.parametrize("kind", ("websocket", "lifespan"))
def test_other_scopes_pass_through(kind):
    log, seen = Kept(), []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))
    scope, receive, send = {"type": kind}, object(), object()
    with contextlib.suppress(StopIteration):
        TrackerASGI(app, log=log)(scope, receive, send).send(None)
    assert seen[0][0] is scope and seen[0][1] is receive and seen[0][2] is send and log.samples == []


class Route:
    def __init__(self, path):
        self.path = path


@pytest.mark.parametrize("scope, route", (
    ({"path": "/items/42", "route": Route("/items/{id}"), "root_path": ""}, "/items/{id}"),
    ({"path": "/api/items/42", "route": Route("/items/{id}"), "root_path": "/api"}, "/api/items/{id}"),
    ({"path": "/static/a.css", "route": Route("/static"), "root_path": "/static"}, "/static"),
    ({"path": "/items/42/x", "endpoint": 1, "path_params": {"id": 42}}, "/items/{id}/x"),
    ({"path": "/nothing/here", "router": 1}, "unmatched"),
    ({"path": "/items/42"}, "/items/{}")))
def test_the_route_of_a_scope(scope, route):
    log = Kept()
    run_asgi(TrackerASGI(whole, log=log), {"type": "http", "method": "GET", **scope})
    assert log.labels[0]["route"] == route


def test_starlette_behind_uvicorn(tmp_path):
    log, began = Kept(), []
    (tmp_path / "a.css").write_text("a {}")

    async def item(request):
        return starlette.responses.PlainTextResponse("item %d" % request.path_params["number"])

    async def parts(request):
        async def body():
            yield "a"
            yield "b"
        return starlette.responses.StreamingResponse(body())

    async def fault(request):
        raise LookupError("no")

    @contextlib.asynccontextmanager
    async def lifespan(app):
        began.append(True)
        yield
    Own = starlette.routing.Route
    app = starlette.applications.Starlette(lifespan=lifespan, routes=[
        Own("/items/{number:int}", item), Own("/parts", parts), Own("/fault", fault),
        starlette.routing.Mount("/api", routes=[Own("/items/{number:int}", item)]),
        starlette.routing.Mount("/static", starlette.staticfiles.StaticFiles(directory=tmp_path))])
    app.add_middleware(TrackerASGI, log=log)
    with uvicorn_server(app) as url:
        assert get(url + "/items/42") == (200, b"item 42") and get(url + "/parts") == (200, b"ab")
        assert get(url + "/api/items/7") == (200, b"item 7") and get(url + "/static/a.css") == (200, b"a {}")
        assert get(url + "/fault")[0] == 500 and get(url + "/nothing")[0] == 404
    assert began == [True]
    assert [(labels["route"], labels.get("status"), labels.get("error")) for labels in log.labels] == [
        ("/items/{number:int}", 200, None), ("/parts", 200, None), ("/api/items/{number:int}", 200, None),
        ("/static", 200, None), ("/fault", None, "LookupError"), ("unmatched", 404, None)]


@contextlib.contextmanager
def uvicorn_server(app):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
    started = threading.Event()
    startup = server.startup

    async def starting(sockets=None):
        await startup(sockets)
        started.set()
    server.startup = starting
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert started.wait(30)
        yield "http://127.0.0.1:%d" % listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
