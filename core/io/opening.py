"""Opening a file that a person named: everything the system may object to becomes one sentence."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import BinaryIO

from core.errors import Cancelled, InputError, shown
from core.io.reader import Progress

CHUNK_BYTES = 1 << 22


def regular_file(path: Path | str) -> Path:
    """The path as an absolute one, known to be an ordinary file.

    Pipes and devices are refused before they are opened, since opening them may wait for ever. Raises InputError.
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise InputError(f"{_name(path)} cannot be opened: {reason(error)}.") from error
    if stat.S_ISDIR(mode):
        raise InputError(f"{_name(path)} is a folder, not a file.")
    if not stat.S_ISREG(mode):
        raise InputError(f"{_name(path)} is not an ordinary file but a pipe or a device; save its content to a file.")
    return Path(path).absolute()


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file open for reading bytes. Raises InputError when the system will not open or read it."""
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise InputError(f"{_name(path)} cannot be read: {reason(error)}.") from error


def chunks(path: Path, progress: Progress, share: float = 1.0) -> Iterator[bytes]:
    """The bytes of a file in order, a few megabytes at a time; progress runs from 0 to `share`."""
    with opened(path) as stream:
        size, done = max(path.stat().st_size, 1), 0
        progress(0.0)
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            progress(share * min(done / size, 1.0))


def sha256(path: Path, progress: Progress, share: float = 1.0) -> str:
    """The SHA-256 of a file's bytes, as hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in chunks(path, progress, share):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def fingerprinting(path: Path) -> Iterator[Callable[[], str]]:
    """The SHA-256 of a file, calculated beside what is done meanwhile; what is given waits for it and returns it."""
    left = Event()

    def go_on(fraction: float) -> None:
        if left.is_set():
            raise Cancelled

    with ThreadPoolExecutor(1) as executor:
        digest = executor.submit(sha256, path, go_on)
        try:
            yield digest.result
        finally:
            left.set()


def _name(path: Path | str) -> str:
    return shown(Path(path).name or str(path))


def reason(error: OSError | ValueError) -> str:
    """What the system objects to, as the end of a sentence."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "permission to read it is denied"
    if isinstance(error, OSError):
        return (error.strerror or "the system refuses it").lower()
    return "that is no possible file name"
