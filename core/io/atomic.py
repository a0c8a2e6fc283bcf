"""Writing a file so that it is there whole or not at all, and the old one is never lost on the way."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from core.errors import InputError, OutputError, shown

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is denied, or another program has it open",
    errno.EPERM: "permission is denied",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EPIPE: "whoever was reading it has gone",
}


@contextmanager
def staged(path: Path | str) -> Iterator[Path]:
    """A temporary file beside `path` to write to; it takes the place of `path` when the block ends well.

    When anything goes wrong the temporary file is removed and the old one is as it was. A link is written through to
    the file it names; a pipe or a device is written to as it is. Raises OutputError where the system objects.
    """
    with _as_sentences(path):
        target = _target(path)
        if target.exists() and not target.is_file():
            yield target
            return
        temporary = _temporary(target)
        try:
            yield temporary
            _flush_to_disk(temporary)
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


@contextmanager
def replacing(path: Path | str) -> Iterator[BinaryIO]:
    """A stream of bytes that becomes the file when the block ends well; see `staged`."""
    with staged(path) as temporary, temporary.open("wb") as stream:
        yield stream


@contextmanager
def replacing_text(path: Path | str) -> Iterator[TextIO]:
    """A stream of text, UTF-8 with line feeds, that becomes the file when the block ends well; see `staged`."""
    with (
        staged(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as text,
    ):
        yield text


def check_target(path: Path | str, inputs: Iterable[Path | str] = ()) -> None:
    """Finds out before the work whether a file could be written, leaving nothing behind.

    Raises OutputError where it could not, and InputError where it is one of the files that are being read.
    """
    for source in inputs:
        if _same_file(path, source):
            raise InputError(f"{_name(path)} is being read, so it cannot be written to as well: give another name.")
    with _as_sentences(path):
        target = _target(path)
        if not target.exists() or target.is_file():
            _temporary(target).unlink()


def _target(path: Path | str) -> Path:
    """The file to be written, links followed. Raises OutputError where it is plain that it cannot be."""
    if not str(path) or "\0" in str(path):
        raise OutputError(f"“{shown(str(path))}” is no possible name for a file to write.")
    if Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir():
        return Path(path)  # a pipe or a device; what /dev/stdout links to has no name that could be opened
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OutputError(f"{_name(path)} cannot be written: it is a folder, not a file.")
    if not target.parent.is_dir():
        raise OutputError(f"{_name(path)} cannot be written: there is no folder “{shown(str(target.parent))}”.")
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"{_name(path)} cannot be written: it is write-protected.")
    return target


def _temporary(target: Path) -> Path:
    """A new, empty file in the same folder, so that renaming never copies; with the permissions of any new file."""
    temporary = target.with_name(f".emgui-{secrets.token_hex(6)}{target.suffix[:16]}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return temporary


def _flush_to_disk(path: Path) -> None:
    # A rename that reaches the disk before the content would leave an empty file after a power cut.
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _same_file(path: Path | str, source: Path | str) -> bool:
    try:
        return Path(path).samefile(source)
    except (OSError, ValueError):
        return False


@contextmanager
def _as_sentences(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or (error.strerror or "the system refuses it").lower()
        raise OutputError(f"{_name(path)} cannot be written: {reason}.") from error


def _name(path: Path | str) -> str:
    return shown(Path(path).name or str(path))
