"""The hooks for requests, httpx and aiohttp, each with the real library and a server on the loopback."""
import asyncio
import gc
import threading

import aiohttp
import httpx
import pytest
import requests

from hooks import Broken, Kept, target
from local_tracker.aiohttp_hook import tracker_trace
from local_tracker.httpx_hook import RecordingTransport, record_httpx
from local_tracker.requests_hook import record_requests


@pytest.fixture
def server():
    with target() as server:
        yield server


class Requests:
    errors = (requests.RequestException,)

    def __init__(self, log, **options):
        self.session = record_requests(requests.Session(), log=log, **options)

    def get(self, url):
        return self.session.get(url).text

    def parts(self, url, seen):
        with self.session.get(url, stream=True) as response:
            return b"".join(map(seen, response.iter_content(None)))

    def leave(self, url):
        self.session.get(url, stream=True).close()

    def close(self):
        self.session.close()


class Httpx:
    errors = (httpx.HTTPError,)

    def __init__(self, log, **options):
        self.client = record_httpx(httpx.Client(follow_redirects=True), log=log, **options)

    def get(self, url):
        return self.client.get(url).text

    def parts(self, url, seen):
        with self.client.stream("GET", url) as response:
            return b"".join(map(seen, response.iter_raw()))

    def leave(self, url):
        with self.client.stream("GET", url):
            pass

    def close(self):
        self.client.close()


class AsyncHttpx(Httpx):
    def __init__(self, log, **options):
        self.loop = asyncio.new_event_loop()
        self.client = record_httpx(httpx.AsyncClient(follow_redirects=True), log=log, **options)

    def get(self, url):
        return self.loop.run_until_complete(self.client.get(url)).text

    def parts(self, url, seen):
        async def read():
            async with self.client.stream("GET", url) as response:
                return b"".join([seen(part) async for part in response.aiter_raw()])
        return self.loop.run_until_complete(read())

    def leave(self, url):
        async def leave():
            async with self.client.stream("GET", url):
                pass
        self.loop.run_until_complete(leave())

    def close(self):
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()


class Aiohttp:
    errors = (aiohttp.ClientError,)

    def __init__(self, log, **options):
        self.loop = asyncio.new_event_loop()

        async def make():
            return aiohttp.ClientSession(trace_configs=[tracker_trace(log=log, **options)])
        self.session = self.loop.run_until_complete(make())

    def get(self, url):
        async def get():
            async with self.session.get(url) as response:
                return await response.text()
        return self.loop.run_until_complete(get())

    def parts(self, url, seen):
        async def read():
            async with self.session.get(url) as response:
                return b"".join([seen(part) async for part in response.content.iter_any()])
        return self.loop.run_until_complete(read())

    def leave(self, url):
        async def leave():
            async with self.session.get(url):
                pass
        self.loop.run_until_complete(leave())

    def close(self):
        self.loop.run_until_complete(self.session.close())
        self.loop.close()


@pytest.fixture(params=(Requests, Httpx, AsyncHttpx, Aiohttp))
def library(request):
    made = []

    def make(log, **options):
        made.append(request.param(log, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()


def test_a_request_has_method_host_and_status(library, server):
    log = Kept()
    own = library(log)
    assert own.get(server.url + "/items/1") == "ok" and own.get(server.url + "/error") == "ok"
    labels = {"method": "GET", "host": server.host}
    assert log.samples == [("http.client.latency_ms", None, {**labels, "status": 200}),
                           ("http.client.latency_ms", None, {**labels, "status": 500})]


def test_the_program_names_the_route(library, server):
    log = Kept()
    own = library(log, metric="out_ms", route=lambda method, url: "%s /items/{id}" % method)
    own.get(server.url + "/items/1")
    assert [sample[0] for sample in log.samples] == ["out_ms"] and log.labels[0]["route"] == "GET /items/{id}"


def test_a_streamed_body_is_measured_to_its_end(library, server):
    log, before_the_end = Kept(), []

    def seen(part):
        if not before_the_end:
            before_the_end.append(list(log.samples))
            server.go_on.set()
        return part
    body = library(log).parts(server.url + "/parts", seen)
    gc.collect()
    assert body == b"firstsecond" and before_the_end == [[]]
    assert [labels["status"] for labels in log.labels] == [200]


def test_a_body_that_is_left_counts_once_and_is_no_failure(library, server):
    log = Kept()
    own = library(log)
    own.leave(server.url + "/parts")
    gc.collect()
    assert [(ok, labels["status"]) for _, ok, labels in log.samples] == [(None, 200)]


def test_a_body_that_breaks_off_is_a_failure(library, server):
    log = Kept()
    own = library(log)
    with pytest.raises(own.errors):
        own.get(server.url + "/broken")
    assert [(ok, bool(labels["error"])) for _, ok, labels in log.samples] == [(False, True)]


def test_a_streamed_body_that_breaks_off_is_a_failure(library, server):
    log = Kept()
    own = library(log)
    with pytest.raises(own.errors):
        own.parts(server.url + "/broken", bytes)
    assert [(ok, labels["status"], bool(labels["error"])) for _, ok, labels in log.samples] == [(False, 200, True)]


def test_a_refused_connection_is_a_failure_and_is_passed_on(library, server):
    log = Kept()
    own = library(log)
    with pytest.raises(own.errors) as raised:
        own.get("http://127.0.0.1:1/")
    assert [(ok, labels["error"]) for _, ok, labels in log.samples] == [(False, type(raised.value).__name__)]


def test_redirects(library, server):
    """httpx's are requests of their own, those of the others a part of the call."""
    log = Kept()
    own = library(log)
    own.get(server.url + "/redirect")
    assert [labels["status"] for labels in log.labels] == ([302, 200] if isinstance(own, Httpx) else [200])


def test_a_fault_of_the_log_is_not_the_programs(library, server):
    own = library(Broken(), route=lambda method, url: 1 / 0)
    assert own.get(server.url + "/") == "ok"
    with pytest.raises(own.errors):
        own.get("http://127.0.0.1:1/")


def test_recording_twice_counts_once(server):
    log = Kept()
    session, sends = requests.Session(), []
    for _ in range(2):
        assert record_requests(session, log=log) is session
        sends.append(session.send)
    assert sends[0] is sends[1]
    session.get(server.url)
    with httpx.Client() as client:
        for _ in range(2):
            assert record_httpx(client, log=log) is client
        client.get(server.url)
    assert len(log.samples) == 2


def test_all_sessions_of_a_program(server, monkeypatch):
    log = Kept()
    monkeypatch.setattr(requests.Session, "send", requests.Session.send)
    record_requests(log=log)
    assert requests.get(server.url + "/redirect").text == "ok"
    assert requests.Session().post(server.url).text == "ok"
    assert [(labels["method"], labels["status"]) for labels in log.labels] == [("GET", 200), ("POST", 200)]


def test_threads_with_one_session(server):
    log = Kept()
    session = record_requests(requests.Session(), log=log)
    threads = [threading.Thread(target=session.get, args=(server.url + "/redirect",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [labels["status"] for labels in log.labels] == [200] * 4


def test_a_transport_of_ones_own(server):
    log = Kept()
    answer = httpx.MockTransport(lambda request: httpx.Response(204))
    with httpx.Client(transport=RecordingTransport(answer, log=log)) as client:
        assert client.get("http://nowhere.invalid/").status_code == 204
    assert log.labels == [{"method": "GET", "host": "nowhere.invalid", "status": 204}]
