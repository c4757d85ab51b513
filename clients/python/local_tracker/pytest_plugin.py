"""The pytest plugin: with `--tracker` each test's duration is a sample, and tests may log samples.

A test suite is a run: its duration by test and outcome, its counts in the summary, the commit. With
pytest-xdist the controller logs the durations, and each worker what its tests log, in the same run.
With pytest-benchmark the rounds of each benchmark are samples.
"""
from __future__ import annotations

import subprocess
from typing import Any, Dict, Iterator, Mapping, Optional

import pytest

from ._recorder import Sink, logger
from .timing import measure

NAME = "local-tracker-recorder"
METRIC = "pytest.duration_ms"
BENCHMARK_METRIC = "benchmark.duration_ms"
#: Rounds of one benchmark that are logged: of more, every second, third … one.
MAX_ROUNDS = 10_000
#: Exit statuses of a suite that did not fail: all passed, and no test found.
GOOD = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
#: How long `git` may take to name the commit.
MAX_GIT_SECONDS = 2.0


class TestLog:
    """What the fixture `tracker` gives: samples with the test as a label, in the suite's run."""

    __test__ = False  # pytest would take it for tests

    def __init__(self, sink: Optional[Sink], test: str) -> None:
        self._sink, self._test = sink, test

    def sample(self, metric: str, value: float, unit: Optional[str] = None, *, ok: Optional[bool] = None,
               labels: Optional[Mapping[str, object]] = None, **more_labels: object) -> bool:
        """Whether it was accepted; without `--tracker` it never is."""
        if self._sink is None:
            return False
        return self._sink.sample(metric, value, unit, ok=ok,
                                 labels={"test": self._test, **(labels or {}), **more_labels})

    def measure(self, metric: str, **labels: object) -> measure:
        """Times a block: `with tracker.measure("query_ms"):`."""
        return measure(metric, log=self, labels=labels)


@pytest.fixture
def tracker(request: pytest.FixtureRequest) -> Iterator[TestLog]:
    """Logs samples of this test; without `--tracker` it takes them and does nothing."""
    recorder = request.config.pluginmanager.get_plugin(NAME)
    yield TestLog(recorder.sink if recorder is not None else None, request.node.nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("local tracker").addoption(
        "--tracker", action="store_true", default=False,
        help="log the duration and outcome of each test to Local Tracker (TRACKER_DATA, or ./data)")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--tracker") and not config.getoption("collectonly"):
        config.pluginmanager.register(Recorder(config), NAME)


class Recorder:
    """Of one process. What goes wrong here is told at the end, and changes no test's outcome."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._fault: Optional[str] = None
        self._counts: Dict[str, int] = {}
        self._is_stopped = False
        self._log: Any = None
        self._run: Any = None
        self._told: Optional[Mapping[str, str]] = None
        worker = getattr(config, "workerinput", None)
        self._is_worker = worker is not None
        try:
            from local_tracker_client import Run, SessionLog
            if worker is None:
                self._log = SessionLog()
                self._run = self._log.run(
                    test="pytest", target="pytest %s" % config.rootpath.name, commit=_commit(config),
                    params={"arguments": " ".join(map(str, config.invocation_params.args))})
            elif "local_tracker" in worker:
                told = worker["local_tracker"]
                self._log = SessionLog(told["session"], told["user"], told["data"])
                self._run = Run(self._log, told["run"])
        except Exception as error:
            self._fault = str(error)

    @property
    def sink(self) -> Optional[Sink]:
        run: Optional[Sink] = self._run
        return run

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Of pytest-xdist, in the controller, before a worker starts."""
        if self._run is not None:
            node.workerinput["local_tracker"] = {
                "session": self._log.session, "user": self._log.user, "data": self._log.data, "run": self._run.id}

    def pytest_sessionstart(self) -> None:
        if self._run is not None and not self._is_worker:
            self._run.__enter__()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._is_worker or self._run is None:
            return  # the controller gets the reports of all workers
        outcome = _outcome(report)
        if outcome is None:
            return
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        if outcome != "skipped":
            self._run.sample(METRIC, report.duration * 1000, unit="ms",
                             ok=outcome in ("passed", "xfailed", "xpassed"),
                             labels={"test": report.nodeid, "outcome": outcome})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        if self._run is None:
            return
        try:
            self._log_benchmark(getattr(item, "funcargs", {}).get("benchmark"))
        except Exception as error:  # a fixture of this name that is not pytest-benchmark's
            logger.warning("the rounds of %s were not logged: %s", item.nodeid, error)

    def _log_benchmark(self, benchmark: Any) -> None:
        about: Any = getattr(benchmark, "stats", None)
        rounds = getattr(getattr(about, "stats", None), "data", None)
        if not rounds or getattr(benchmark, "has_error", False):
            return
        labels = {"test": about.fullname, "group": about.group}
        for seconds in rounds[::-(-len(rounds) // MAX_ROUNDS)]:
            self._run.sample(BENCHMARK_METRIC, seconds * 1000, unit="ms", labels=labels)

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        # pytest itself interrupts a suite that it cannot collect.
        self._is_stopped = not isinstance(excinfo.value, pytest.Session.Interrupted)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self._run is None:
            return
        if not self._is_worker:
            self._run.summary.update(self._counts, exit_status=int(exitstatus))
            kind = KeyboardInterrupt if self._is_stopped else None if exitstatus in GOOD else RuntimeError
            self._run.__exit__(kind, None, None)
        if not self._log.close() and self._fault is None:
            self._fault = "not all of it could be written below %s" % self._log.data

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._fault is not None:
            terminalreporter.write_line("local tracker: %s" % self._fault)
        elif self._log is not None:
            terminalreporter.write_line("local tracker: session %s, run %s, below %s"
                                        % (self._log.session, self._run.id, self._log.data))


def _outcome(report: pytest.TestReport) -> Optional[str]:
    """None for a phase that says nothing: set-up and teardown that went well."""
    if report.when != "call":
        return "error" if report.failed else "skipped" if report.skipped and report.when == "setup" else None
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed" if report.passed else "failed"
    return str(report.outcome)


def _commit(config: pytest.Config) -> Optional[str]:
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=str(config.rootpath), timeout=MAX_GIT_SECONDS,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.stdout.decode("ascii", "replace").strip() or None
    except (OSError, subprocess.SubprocessError):
        return None
