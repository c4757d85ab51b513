"""The logging handler: notes for warnings, a bound, and no circle through the client's own logger."""
import logging

import pytest

import local_tracker_client
from local_tracker import SessionLog, logging_handler
from local_tracker.logging_handler import MAX_TEXT_LENGTH, TrackerHandler
from segments import all_events


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now
    clock = Clock()
    monkeypatch.setattr(logging_handler, "time", clock)
    return clock


@pytest.fixture
def logger():
    logger = logging.Logger("shop")
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def notes(data):
    return [(event["text"], event.get("run")) for event in all_events(data) if event.get("event") == "note"]


def test_warnings_and_errors_become_notes(data, logger):
    with SessionLog() as log:
        logger.addHandler(TrackerHandler(log))
        logger.info("not this")
        logger.warning("slow: %d ms", 250)
        try:
            raise LookupError("no")
        except LookupError:
            logger.exception("a fault")
    (first, _), (second, _) = notes(data)
    assert first == "WARNING shop: slow: 250 ms"
    assert second.startswith("ERROR shop: a fault\nTraceback") and second.endswith("LookupError: no")


def test_notes_of_a_run_with_a_level_and_a_format_of_ones_own(data, logger):
    with SessionLog() as log, log.run(test="t") as run:
        handler = TrackerHandler(run, level="INFO")
        handler.setFormatter(logging.Formatter("%(message)s!"))
        logger.addHandler(handler)
        logger.info("x" * 5_000)
        logger.debug("not this")
    (text, of_run), = notes(data)
    assert of_run == run.id and len(text) == MAX_TEXT_LENGTH and text.endswith("…")


def test_a_flood_is_bounded_and_counted(data, logger, clock):
    with SessionLog() as log:
        handler = TrackerHandler(log)
        logger.addHandler(handler)
        for number in range(50):
            logger.warning("%d", number)
        clock.now += 1
        logger.warning("later")
        logger.handlers.clear()
        for number in range(20):
            handler.handle(logging.LogRecord("shop", logging.ERROR, "", 1, "%d", (number,), None))
        handler.close()
    texts = [text for text, _ in notes(data)]
    assert texts[9:11] == ["WARNING shop: 9", "WARNING shop: later (40 records before it were left out)"]
    assert texts[11:] == ["ERROR shop: %d" % number for number in range(9)] + ["11 more records were left out"]


def test_there_is_an_end_of_notes(data, logger, clock, monkeypatch):
    monkeypatch.setattr(logging_handler, "MAX_NOTES", 15)
    with SessionLog() as log:
        logger.addHandler(TrackerHandler(log))
        for number in range(30):
            clock.now += 1
            logger.warning("%d", number)
    assert len(notes(data)) == 15


def test_what_the_client_itself_logs_is_no_note(data, logger):
    own = local_tracker_client.logger
    with SessionLog() as log:
        handler = TrackerHandler(log)
        own.addHandler(handler)
        try:
            log.sample("x", float("nan"))  # which the client reports
            own.getChild("part").error("this neither")
        finally:
            own.removeHandler(handler)
    assert notes(data) == []


def test_a_fault_of_the_handler_stays_there(logger, monkeypatch, capsys):
    class Faulty:
        def event(self, *_, **__):
            raise RuntimeError("a fault of the log")
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = TrackerHandler(Faulty())
    logger.addHandler(handler)
    logger.error("x")
    logger.error("%d", "no number")
    logger.error("x")
