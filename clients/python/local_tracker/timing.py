"""Times calls of functions, and blocks: `timed` and `measure`."""
from __future__ import annotations

import functools
import inspect
from types import TracebackType
from typing import Any, Callable, List, Mapping, Optional, Type, TypeVar, Union, overload

from ._recorder import Sink, Timing

#: The format's (docs/FORMAT.md): a longer name of a metric is refused.
MAX_METRIC_LENGTH = 128

F = TypeVar("F", bound=Callable[..., Any])


class measure:
    """Times a block: `with measure("db.query_ms", table="users"):`, or `async with`.

    What leaves the block by an exception is `ok: false` with the exception's type as the label
    `error`, and is passed on. The block's timing has `labels` and `ok`, to be set within it.
    Each block needs an object of its own.
    """

    def __init__(self, metric: str, *, log: Optional[Sink] = None, labels: Optional[Mapping[str, object]] = None,
                 **more_labels: object) -> None:
        self._log, self._metric = log, metric
        self._labels = {**(labels or {}), **more_labels}
        self._timings: List[Timing] = []

    def __enter__(self) -> Timing:
        self._timings.append(Timing(self._log, self._metric, self._labels))
        return self._timings[-1]

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self._timings.pop().end(error)

    async def __aenter__(self) -> Timing:
        return self.__enter__()

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                        trace: Optional[TracebackType]) -> None:
        self.__exit__(kind, error, trace)


@overload
def timed(metric: F) -> F:
    ...


@overload
def timed(metric: Optional[str] = None, *, log: Optional[Sink] = None,
          labels: Optional[Mapping[str, object]] = None, **more_labels: object) -> Callable[[F], F]:
    ...


def timed(metric: Union[str, Callable[..., Any], None] = None, *, log: Optional[Sink] = None,
          labels: Optional[Mapping[str, object]] = None, **more_labels: object) -> Any:
    """Times each call of a function or a coroutine function: `@timed` or `@timed("db.query_ms")`.

    The metric is named like the function, `module.function_ms`, when it is not given. Raises
    TypeError where it decorates what it cannot time: generators and classes.
    """
    if metric is not None and not isinstance(metric, str):
        return _decorated(metric, None, log, {})
    return lambda function: _decorated(function, metric, log, {**(labels or {}), **more_labels})


def _decorated(function: Any, metric: Optional[str], log: Optional[Sink], labels: Mapping[str, object]) -> Any:
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    name = getattr(inner, "__qualname__", type(inner).__name__)
    if isinstance(function, (staticmethod, classmethod, property)):
        raise TypeError("timed: put @timed below @%s, next to the function" % type(function).__name__)
    if inspect.isclass(function) or not callable(function):
        raise TypeError("timed: %r is not a function" % (function,))
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        raise TypeError("timed: %s is a generator, its time is that of the loop that reads it: "
                        "put `with measure(…)` around that loop, or inside the generator" % name)
    if metric is None:
        metric = _metric_of(inner, name)
    name_of_metric: str = metric
    if inspect.iscoroutinefunction(inner):
        @functools.wraps(function)
        async def waits(*arguments: Any, **named: Any) -> Any:
            with measure(name_of_metric, log=log, labels=labels):
                return await function(*arguments, **named)
        return waits

    @functools.wraps(function)
    def calls(*arguments: Any, **named: Any) -> Any:
        with measure(name_of_metric, log=log, labels=labels):
            return function(*arguments, **named)
    return calls


def _metric_of(function: Any, name: str) -> str:
    module = getattr(function, "__module__", None)
    whole = name if module in (None, "__main__") else "%s.%s" % (module, name)
    return whole.replace("<locals>.", "")[-(MAX_METRIC_LENGTH - 3):] + "_ms"
