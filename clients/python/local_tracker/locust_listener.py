"""Logs a load test of Locust: a run, and each request of it, from all of its processes."""
from __future__ import annotations

import importlib
from typing import Any, Dict, Mapping, Optional

from local_tracker_client import Run, SessionLog

from ._recorder import MAX_NAMES, Names, default_log, logger, record

METRIC = "http.latency_ms"
#: The message by which the master tells its workers which run they work for.
MESSAGE = "local-tracker"


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
        self._is_worker = False

    def listen(self, events: Any) -> None:
        for name, listener in (("init", self._init), ("test_start", self._start), ("request", self._request),
                               ("test_stop", self._stop), ("quitting", self._quit)):
            getattr(events, name).add_listener(listener)
        # Of Locust 2.19 and newer: a worker that comes while the test runs.
        if hasattr(events, "worker_connect"):
            events.worker_connect.add_listener(self._join)

    def _init(self, environment: Any, **_: Any) -> None:
        try:
            if _role(environment) == "worker":
                environment.runner.register_message(MESSAGE, self._told)
        except Exception as error:
            logger.error("the requests of this worker are of no run: %s", error)

    def _told(self, environment: Any, msg: Any, **_: Any) -> None:
        """In a worker: the run of its master."""
        try:
            about = msg.data
            if self._log is None or self._log.session != about["session"]:
                self._log = SessionLog(about["session"], about["user"])
            self._run, self._is_worker = Run(self._log, about["run"]), True
        except Exception as error:
            logger.error("the requests of this worker are of no run: %s", error)

    def _start(self, environment: Any, **_: Any) -> None:
        try:
            if _role(environment) == "worker":
                return
            self._finish(environment, stopped=True)
            log = self._log if self._log is not None else default_log()
            if log is None:
                return
            self._log = log
            self._run = log.run(test="locust", target=_host(environment),
                                params={**_params(environment), **self._params})
            self._run.__enter__()
            if _role(environment) == "master":
                environment.runner.send_message(MESSAGE, self._about())
        except Exception as error:
            logger.error("this test has no run: %s", error)

    def _join(self, client_id: Any = None, environment: Any = None, **_: Any) -> None:
        try:
            if self._run is not None and environment is not None and _role(environment) == "master":
                environment.runner.send_message(MESSAGE, self._about(), client_id)
        except Exception as error:
            logger.error("the requests of worker %s are of no run: %s", client_id, error)

    def _about(self) -> Dict[str, str]:
        assert self._run is not None and self._log is not None
        return {"session": self._log.session, "user": self._log.user, "run": self._run.id}

    def _request(self, request_type: Any = None, name: Any = None, response_time: Any = None,
                 response: Any = None, exception: Any = None, **_: Any) -> None:
        try:
            labels: Dict[str, object] = {"method": self._methods.of(str(request_type)),
                                         "route": self._names.of(str(name)),
                                         "status": getattr(response, "status_code", None) or None}
            if exception:
                labels["error"] = type(exception).__name__ if isinstance(exception, BaseException) else "failure"
            record(self._run if self._run is not None else self._log, self._metric, float(response_time or 0),
                   labels, ok=not exception)
        except Exception as error:
            logger.warning("a request was not logged: %s", error)

    def _stop(self, environment: Any = None, **_: Any) -> None:
        try:
            if self._is_worker and self._log is not None:
                self._log.flush()
            self._finish(environment, stopped=False)
        except Exception as error:
            logger.error("the end of this test was not logged: %s", error)

    def _quit(self, environment: Any = None, **_: Any) -> None:
        try:
            self._finish(environment, stopped=True)
            if self._log is not None:
                self._log.flush()
        except Exception as error:
            logger.error("the end of this test was not logged: %s", error)

    def _finish(self, environment: Any, stopped: bool) -> None:
        run, is_own = self._run, not self._is_worker
        if run is None or not is_own:
            return
        self._run = None
        total = environment.stats.total
        run.summary.update(requests=total.num_requests, failures=total.num_failures,
                           rps=total.total_rps, locust_avg_ms=total.avg_response_time)
        run.__exit__(KeyboardInterrupt if stopped else None, None, None)


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
