"""Local Tracker for Python programs: the client, and hooks for what a program uses anyway.

`timed` and `measure` are here. The hooks are modules that need their library only when they are
imported: `requests_hook`, `httpx_hook`, `aiohttp_hook`, `wsgi`, `asgi`, `locust_listener`,
`logging_handler`; `pytest_plugin` is found by pytest. All of them write by `local_tracker_client`,
the one file that also works alone.
"""
from local_tracker_client import LocalTrackerClient, Run, SessionLog, directory_name, new_session_id

from ._recorder import Sink, default_log
from .timing import measure, timed

__all__ = ["LocalTrackerClient", "Run", "SessionLog", "Sink", "default_log", "directory_name", "measure",
           "new_session_id", "timed"]
