"""Whether there is a display for the window: Qt does not return from trying one that nobody serves."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import shown

PATIENCE = 1.0
"""Seconds that a display has to answer."""
ON_A_DISPLAY = ("xcb", "wayland")
"""Qt's platforms that need one; their names may go on, as in wayland-egl."""


def why_no_display(environment: Mapping[str, str]) -> str:
    """Why no window can come up, as the beginning of a sentence; "" where one can."""
    platform = environment.get("QT_QPA_PLATFORM", "")
    if sys.platform in ("darwin", "win32") or (platform and not platform.startswith(ON_A_DISPLAY)):
        return ""
    x11, wayland = environment.get("DISPLAY", ""), environment.get("WAYLAND_DISPLAY", "")
    if (x11 and _x11_answers(x11)) or (wayland and _wayland_answers(wayland, environment.get("XDG_RUNTIME_DIR", ""))):
        return ""
    named = x11 or wayland
    return f"The display “{shown(named)}” does not answer" if named else "There is no display"


def _x11_answers(display: str) -> bool:
    found = re.fullmatch(r"(?:[^/]*/)?(?P<host>.*?):(?P<number>[0-9]{1,5})(?:\.[0-9]+)?", display)
    if found is None:
        return False
    host, number = found["host"].strip("[]"), int(found["number"])
    return any(_connects(address) for address in _addresses("" if host == "unix" else host, number))


def _addresses(host: str, number: int) -> Iterator[str | tuple[str, int]]:
    if not host:
        yield f"/tmp/.X11-unix/X{number}"
        if sys.platform == "linux":
            yield f"\0/tmp/.X11-unix/X{number}"
    if 6000 + number < 1 << 16:
        yield (host or "localhost", 6000 + number)


def _connects(address: str | tuple[str, int]) -> bool:
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, PATIENCE).close()
        else:
            with socket.socket(socket.AF_UNIX) as wire:
                wire.settimeout(PATIENCE)
                wire.connect(address)
    except (OSError, ValueError):
        return False
    return True


def _wayland_answers(name: str, folder: str) -> bool:
    path = Path(folder) / name  # an absolute name stands for itself
    return path.is_absolute() and path.is_socket()
