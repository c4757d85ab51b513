"""Logs a load test of Locust: a run, and each request of it, from all of its processes."""
from __future__ import annotations

import importlib
import time
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from local_tracker_client import Run, SessionLog

from ._recorder import MAX_NAMES, Names, default_log, logger, record

METRIC = "http.latency_ms"
#: The message by which the master tells its workers which run they work for.
MESSAGE = "local-tracker"
#: The message by which a worker asks for it.
QUESTION = "local-tracker-run"
#: Requests that a worker keeps until its master has answered.
MAX_WAITING = 1_000


def record_locust(events: Any = None, *, log: Optional[SessionLog] = None, metric: str = METRIC,
                  params: Optional[Mapping[str, object]] = None) -> LocustListener:
    """In a locustfile: `record_locust()`. Elsewhere, with the `events` of a Locust environment.

    Each test is a run with its host as target; `params` say what Locust does not know. Each request
    is a sample with method, name (as `route`) and status; a failed one is `ok: false`. Workers write
    into the data folder of the machine that they run on, in the session of their master.
    """
    listener = LocustListener(log, metric, dict(params or {}))
    listener.listen(events if events is not None else importlib.import_module("locust").events)
    return listener


class LocustListener:
    """Made by `record_locust`."""

    def __init__(self, log: Optional[SessionLog], metric: str, params: Dict[str, object]) -> None:
        self._log, self._metric, self._params = log, metric, params
        self._names, self._methods = Names(MAX_NAMES), Names(MAX_NAMES)
        self._run: Optional[Run] = None
        self._role: Optional[str] = None
        self._ended_at: Optional[float] = None
        #: Of a worker that does not know its run yet: milliseconds, labels, success and time of each request.
        self._waiting: List[Tuple[float, Dict[str, object], bool, float]] = []
        self._is_alone = False

    def listen(self, events: Any) -> None:
        for name, listener in (("init", self._init), ("test_start", self._start), ("request", self._request),
                               ("test_stop", self._stop), ("quitting", self._quit)):
            getattr(events, name).add_listener(listener)

    # -- which run a worker works for

    def _init(self, environment: Any, **_: Any) -> None:
        """A worker asks its master: it may have come while the test runs, and started before this."""
        try:
            self._role = _role(environment)
            if self._role == "worker":
                environment.runner.register_message(MESSAGE, self._told)
                environment.runner.send_message(QUESTION)
            elif self._role == "master":
                environment.runner.register_message(QUESTION, self._asked)
        except Exception as error:
            logger.error("requests of workers are of no run: %s", error)

    def _asked(self, environment: Any, msg: Any, **_: Any) -> None:
        try:
            if self._run is not None:
                environment.runner.send_message(MESSAGE, self._about(self._run), msg.node_id)
        except Exception as error:
            logger.error("the requests of a worker are of no run: %s", error)

    @staticmethod
    def _about(run: Run) -> Dict[str, str]:
        return {"session": run.log.session, "user": run.log.user, "run": run.id}

    def _told(self, environment: Any, msg: Any, **_: Any) -> None:
        try:
            about = msg.data
            if self._log is None or self._log.session != about["session"]:
                self._log = SessionLog(about["session"], about["user"], policy="drop")
            self._run = Run(self._log, about["run"])
            self._log_waiting(self._run)
        except Exception as error:
            logger.error("the requests of this worker are of no run: %s", error)

    def _give_up(self) -> None:
        """The master does not answer, it has no listener: the requests are of no run."""
        self._is_alone = True
        log = self._log if self._log is not None else default_log()
        if log is not None:
            self._log = log
            self._log_waiting(log)

    def _log_waiting(self, log: Union[Run, SessionLog]) -> None:
        waiting, self._waiting = self._waiting, []
        for milliseconds, labels, ok, ts in waiting:
            log.sample(self._metric, milliseconds, unit="ms", ok=ok, ts=ts, labels=labels)

    # -- the run

    def _start(self, environment: Any, **_: Any) -> None:
        try:
            # Without a runner: a worker that gets its work while its runner is being made.
            if environment.runner is None or _role(environment) == "worker":
                return
            self._role = _role(environment)
            self._finish(environment)
            log = self._log if self._log is not None else default_log()
            if log is None:
                return
            self._log, self._ended_at = log, None
            run = log.run(test="locust", target=_host(environment), params={**_params(environment), **self._params})
            run.__enter__()
            self._run = run
            if self._role == "master":
                environment.runner.send_message(MESSAGE, self._about(run))
        except Exception as error:
            logger.error("this test has no run: %s", error)

    def _request(self, request_type: Any = None, name: Any = None, response_time: Any = None,
                 response: Any = None, exception: Any = None, **_: Any) -> None:
        try:
            labels: Dict[str, object] = {"method": self._methods.of(str(request_type)),
                                         "route": self._names.of(str(name)),
                                         "status": getattr(response, "status_code", None) or None}
            if exception:
                labels["error"] = type(exception).__name__ if isinstance(exception, BaseException) else "failure"
            milliseconds = float(response_time or 0)
            if self._run is not None or self._is_alone or self._role in ("local", "master"):
                record(self._run if self._run is not None else self._log, self._metric, milliseconds, labels,
                       ok=not exception)
                return
            self._waiting.append((milliseconds, labels, not exception, time.time() * 1000))
            if len(self._waiting) >= MAX_WAITING:
                self._give_up()
        except Exception as error:
            logger.warning("a request was not logged: %s", error)

    def _stop(self, environment: Any = None, **_: Any) -> None:
        try:
            if self._role not in ("local", "master"):
                if self._waiting:
                    self._give_up()
                if self._log is not None:
                    self._log.flush()
                return
            self._ended_at = time.time() * 1000
            # A master without a page ends now; only then it has the last counts of its workers.
            if self._role == "local" or getattr(environment, "web_ui", None) is not None:
                self._finish(environment)
        except Exception as error:
            logger.error("the end of this test was not logged: %s", error)

    def _quit(self, environment: Any = None, **_: Any) -> None:
        try:
            if self._role in ("local", "master"):
                self._finish(environment)
            elif self._waiting:
                self._give_up()
            if self._log is not None:
                self._log.flush()
        except Exception as error:
            logger.error("the end of this test was not logged: %s", error)

    def _finish(self, environment: Any) -> None:
        run = self._run
        if run is None:
            return
        self._run = None
        summary: Dict[str, object] = {}
        if self._role == "local" or getattr(environment, "web_ui", None) is None:
            total = environment.stats.total
            summary = {"requests": total.num_requests, "failures": total.num_failures, "rps": total.total_rps,
                       "locust_avg_ms": total.avg_response_time}
        run.log.event("run_finished", ts=self._ended_at, run=run.id, summary=summary,
                      state="stopped" if self._ended_at is None else "finished")
        run.log.flush()


def _role(environment: Any) -> str:
    """`local`, `master` or `worker`; their classes are named so since Locust 1.0."""
    kind = type(environment.runner).__name__
    return "worker" if kind == "WorkerRunner" else "master" if kind == "MasterRunner" else "local"


def _host(environment: Any) -> Optional[str]:
    hosts = [environment.host] + [getattr(user, "host", None) for user in environment.user_classes]
    return next((str(host) for host in hosts if host), None)


def _params(environment: Any) -> Dict[str, object]:
    options = environment.parsed_options
    given = {"users": getattr(options, "users", None) or getattr(options, "num_users", None),
             "spawn_rate": getattr(options, "spawn_rate", None), "run_time": getattr(options, "run_time", None)}
    classes = sorted(user.__name__ for user in environment.user_classes)
    return {"user_classes": classes, **{name: value for name, value in given.items() if value is not None}}
