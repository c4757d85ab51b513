"""`timed` and `measure`: what they time, what they refuse, and that a fault of the log is not the program's."""
import asyncio
import functools
import os
import threading

import pytest

import local_tracker
import local_tracker_client
from hooks import Broken, Kept
from local_tracker import SessionLog, _recorder, measure, timed
from local_tracker._recorder import MAX_NAMES, Names, Requests, path_pattern
from segments import all_events


@pytest.fixture
def shared(monkeypatch):
    """A default log of this test's own."""
    fresh = _recorder._Shared()
    monkeypatch.setattr(_recorder, "_shared", fresh)
    yield fresh
    if fresh.log:
        fresh.log.close()


def test_a_function_is_timed_and_stays_what_it_was():
    log = Kept()

    @timed("add_ms", log=log, kind="sum", labels={"a": 1})
    def add(one, two=2):
        """Adds."""
        return one + two

    assert add(1) == 3 and add(1, two=5) == 6
    assert log.samples == [("add_ms", None, {"kind": "sum", "a": 1})] * 2
    assert add.__name__ == "add" and add.__doc__ == "Adds."


@pytest.mark.parametrize("error", (ValueError("no"), KeyboardInterrupt(), SystemExit(3)))
def test_a_throw_is_a_failure_and_is_passed_on(error):
    log = Kept()

    @timed("fail_ms", log=log)
    def fail():
        raise error

    @timed("fail_ms", log=log)
    async def fails():
        await asyncio.sleep(0)
        raise error

    with pytest.raises(type(error)) as raised:
        fail()
    assert raised.value is error
    with pytest.raises(type(error)) as raised:
        coroutine = fails()
        coroutine.send(None)
        coroutine.send(None)
    assert raised.value is error
    with pytest.raises(type(error)), measure("fail_ms", log=log):
        raise error
    assert log.samples == [("fail_ms", False, {"error": type(error).__name__})] * 3


def test_a_coroutine_is_timed_to_its_end_and_a_cancelled_one_is_a_failure():
    log = Kept()

    @timed("wait_ms", log=log)
    async def wait(event):
        await event.wait()
        return "done"

    async def main():
        event = asyncio.Event()
        one, two = (asyncio.ensure_future(wait(event)) for _ in range(2))
        await asyncio.sleep(0)
        assert log.samples == []
        two.cancel()
        await asyncio.gather(two, return_exceptions=True)
        event.set()
        assert await one == "done"

    asyncio.run(main())
    assert log.samples == [("wait_ms", False, {"error": "CancelledError"}), ("wait_ms", None, {})]


def test_a_block_says_labels_and_outcome():
    log = Kept()
    with measure("query_ms", log=log, table="users") as timing:
        timing.labels["rows"] = 3
        timing.ok = False

    async def main():
        async with measure("query_ms", log=log, table="users"):
            await asyncio.sleep(0)
    asyncio.run(main())
    assert log.samples == [("query_ms", False, {"table": "users", "rows": 3}), ("query_ms", None, {"table": "users"})]


def generator():
    yield 1


async def async_generator():
    yield 1


class Thing:
    def method(self):
        return "method"

    @staticmethod
    def static():
        return "static"


@pytest.mark.parametrize("what, reason", (
    (generator, "is a generator"), (async_generator, "is a generator"), (Thing, "is not a function"),
    (functools.partial(generator), "is a generator"), (3, "is not a function"),
    (Thing.__dict__["static"], "below @staticmethod"), (property(Thing.method), "below @property")))
def test_what_cannot_be_timed_is_refused_where_it_is_decorated(what, reason):
    for decorate in (timed("x_ms"), timed()) + ((timed,) if not isinstance(what, int) else ()):
        with pytest.raises(TypeError, match=reason):
            decorate(what)


def test_methods_and_partials_have_names(shared, data):
    class Here:
        @timed
        def method(self):
            return "method"

        @staticmethod
        @timed()
        def static():
            return "static"

    assert Here().method() == "method" and Here.static() == "static"
    assert timed(functools.partial(max, 1))(2) == 2
    shared.log.close()
    metrics = [event["metric"] for event in all_events(data) if "metric" in event]
    test = "test_timing.test_methods_and_partials_have_names"
    assert metrics == [test + ".Here.method_ms", test + ".Here.static_ms", "builtins.max_ms"]
    assert len(timed.__globals__["_metric_of"](max, "x" * 500)) == 128


def test_no_fault_of_the_log_reaches_the_program(shared, monkeypatch, caplog):
    assert timed("x_ms", log=Broken())(lambda: 1)() == 1
    assert "a fault of the log" in caplog.text
    monkeypatch.setenv("LOCAL_TRACKER_USER_ID", "u" * 300)  # no folder can have this name
    for _ in range(3):
        assert timed("x_ms")(lambda: 1)() == 1
    assert local_tracker.default_log() is None
    assert caplog.text.count("nothing is logged") == 1


def test_the_default_log_never_waits_for_a_disk(shared, data, monkeypatch):
    data.mkdir()
    (data / "tracker.json").write_text('{"format":99}')  # nothing may be written there
    monkeypatch.setattr(local_tracker_client, "MAX_QUEUED_BYTES", 1_000)
    monkeypatch.setattr(local_tracker_client, "MAX_BLOCK_SECONDS", 1_000_000)
    for _ in range(100):
        with measure("x_ms"):
            pass
    assert shared.log.statistics["dropped"] > 80 and shared.log._queued_bytes <= 1_000
    assert not shared.log.close()


def test_threads_share_one_default_log(shared, data):
    go, threads = threading.Event(), 8

    def work():
        go.wait(30)
        with measure("x_ms"):
            pass
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    go.set()
    for thread in running:
        thread.join()
    shared.log.close()
    events = all_events(data)
    assert len(list(data.glob("log/*/*"))) == 1
    assert sum(event.get("metric") == "x_ms" for event in events) == threads


def test_a_fork_while_the_default_log_opens_does_not_hang_the_child(shared, data):
    os.register_at_fork(after_in_child=shared.forked)
    with shared.lock:
        child = os.fork()
        if not child:
            with measure("x_ms"):
                pass
            os._exit(0 if shared.log is not None and shared.log.close() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [event["metric"] for event in all_events(data) if "metric" in event] == ["x_ms"]


@pytest.mark.parametrize("path, pattern", (
    ("/", "/"), ("/items/42", "/items/{}"), ("/v2/items", "/v2/items"), ("/items/42/", "/items/{}/"),
    ("/u/550e8400-e29b-41d4-a716-446655440000/x", "/u/{}/x"), ("/f/0123456789abcdef0123", "/f/{}"),
    ("/a" * 20, "/a" * 8 + "/…"), ("/%s" % ("x" * 65), "/{}"), ("*", "*"), ("/ü/7", "/ü/{}")))
def test_a_path_becomes_a_route(path, pattern):
    assert path_pattern(path) == pattern


def test_names_are_bounded():
    names = Names()
    given = [names.of("/%d" % number) for number in range(MAX_NAMES + 50)]
    assert given == ["/%d" % number for number in range(MAX_NAMES)] + ["other"] * 50
    assert names.of("/7") == "/7" and len(Names().of("x" * 10_000)) == 256


def test_labels_of_a_request_have_no_password_and_no_query():
    labels = Requests(None).labels("get", "http://user:secret@host:1/a?b=c")
    assert labels == {"method": "GET", "host": "host:1"}
    assert Requests(lambda method, url: 1 / 0).labels("get", "http://host/") == {}
    assert Requests(lambda method, url: "/a").labels("BREW", "http://host/")["method"] == "other"


def test_a_run_takes_the_samples(data):
    with SessionLog() as log, log.run(test="t") as run:
        timed("x_ms", log=run, size=3)(lambda: None)()
    sample, = [event for event in all_events(data) if "metric" in event]
    assert sample["run"] == run.id and sample["labels"] == {"size": "3"} and sample["unit"] == "ms"
