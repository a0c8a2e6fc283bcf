"""Talking to a person in a terminal: sentences, results, and one line that keeps itself up to date."""

from __future__ import annotations

import io
import os
import sys
from time import monotonic
from types import TracebackType

from core.errors import OutputError

BETWEEN_UPDATES = 0.1
"""Seconds: ten updates a second are as many as can be read."""


def say(sentence: str) -> None:
    """Puts a sentence on standard error, as one line in which nothing is left that a terminal would obey."""
    if sys.stderr is not None:
        sys.stderr.write(f"emgui: {plain(sentence)}\n")
        sys.stderr.flush()


def show_beside(text: str) -> None:
    """Puts lines on standard error, such as a table for a person beside what is written for programs."""
    if sys.stderr is not None:
        sys.stderr.write(plain(text, keep="\n"))
        sys.stderr.flush()


def plain(text: str, keep: str = "") -> str:
    """Text with control characters, direction marks and the like spelled out; those in `keep` stay."""
    return "".join(
        c if c.isprintable() or c in keep else c.encode("unicode_escape", "backslashreplace").decode() for c in text
    )


def print_out(text: str) -> None:
    """Puts text on standard output in UTF-8, all of it at once. Raises OutputError; a reader gone, BrokenPipeError."""
    if sys.stdout is None:
        raise OutputError("Standard output is closed, so nothing could be written to it.")
    content = plain(text, keep="\n")
    try:
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(content)
        else:
            sys.stdout.flush()
            buffer.write(content.encode())
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        raise
    except OSError as error:
        _drop_output()
        raise OutputError(f"Standard output cannot be written: {(error.strerror or str(error)).lower()}.") from error


def _drop_output() -> None:
    # What could not be written is still in the buffer, and Python would complain of it once more at its exit.
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, io.UnsupportedOperation):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


class LiveLine:
    """A line on standard error that is overwritten in place while work goes on, and cleared at its end.

    Where standard error is no terminal it is silent.
    """

    def __init__(self) -> None:
        self._active = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = 0
        self._last = float("-inf")

    def __enter__(self) -> LiveLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    @property
    def is_due(self) -> bool:
        """Whether an update would be seen: ask before making its text."""
        return self._active and monotonic() - self._last >= BETWEEN_UPDATES

    def update(self, text: str) -> None:
        """Shows the text, cut to the width of the terminal; ignored when the last update was a moment ago."""
        if not self.is_due:
            return
        cut = plain(text)[: max(_width() - 1, 0)]
        sys.stderr.write("\r" + cut.ljust(self._shown))
        sys.stderr.flush()
        self._shown, self._last = len(cut), monotonic()

    def clear(self) -> None:
        """Empties the line; the next update shows at once."""
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
        self._shown, self._last = 0, float("-inf")


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
