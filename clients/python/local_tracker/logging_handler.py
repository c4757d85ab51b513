"""Puts what a program logs beside its numbers: warnings and errors become notes of the session."""
from __future__ import annotations

import logging
import threading
import time
from typing import Optional, Union

from local_tracker_client import Run, SessionLog

from ._recorder import default_log

#: Notes a second, and in all: the index keeps 10,000 edits of a session, and people write some of them.
MAX_NOTES_PER_SECOND = 10
MAX_NOTES = 1_000
#: Characters of a note: what a table can show.
MAX_TEXT_LENGTH = 1_000


class TrackerHandler(logging.Handler):
    """`logging.getLogger().addHandler(TrackerHandler())`: a note for each record from WARNING on.

    At most 10 a second and 1,000 in all; those left out are counted, and the next note says how
    many they were. With a `Run` the notes are of that run. What this client itself logs is no note.
    """

    def __init__(self, log: Union[SessionLog, Run, None] = None, level: Union[int, str] = logging.WARNING) -> None:
        super().__init__(level)
        self._log = log
        self._notes = self._left_out = self._in_second = 0
        self._second = 0.0
        self._own = threading.local()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] == "local_tracker" or getattr(self._own, "is_busy", False):
            return
        self._own.is_busy = True
        try:
            if self._is_too_much():
                self._left_out += 1
                return
            text = self.format(record)
            if len(text) > MAX_TEXT_LENGTH:
                text = text[:MAX_TEXT_LENGTH - 1] + "…"
            self._write(text)
        except Exception:
            self.handleError(record)
        finally:
            self._own.is_busy = False

    def close(self) -> None:
        """Says how many records were left out, if there are such."""
        try:
            if self._left_out:
                self._note("%d more records were left out" % self._left_out)
                self._left_out = 0
        except Exception:
            pass  # at the end of a program there is nobody to tell
        super().close()

    def _is_too_much(self) -> bool:
        now = time.monotonic()
        if now - self._second >= 1:
            self._second, self._in_second = now, 0
        self._in_second += 1
        return self._in_second > MAX_NOTES_PER_SECOND or self._notes >= MAX_NOTES

    def _write(self, text: str) -> None:
        if self._left_out:
            text += " (%d records before it were left out)" % self._left_out
            self._left_out = 0
        self._notes += 1
        self._note(text)

    def _note(self, text: str) -> None:
        log = self._log if self._log is not None else default_log()
        if isinstance(log, Run):
            log.log.event("note", text=text, run=log.id)
        elif log is not None:
            log.event("note", text=text)
