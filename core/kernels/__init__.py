"""Passes over the data as machine code: the same numbers as NumPy's, several times sooner. Only here numba is known.

The other modules of this package import numba, so they are imported inside functions, after `ready` has said yes. Where
numba is missing or nothing is compiled yet, it says no, and NumPy does the work.
"""

from __future__ import annotations

from core.kernels.compiling import is_compiled

LEAST_CELLS = 200_000
"""Rows times components from which on it is worth loading compiled code, a quarter of a second."""

_always: list[bool] = []


def load() -> bool:
    """Has small fits made by compiled code too, from now on; whether there is any. Compiles it where that is undone.

    Without this call small passes are left to NumPy, so that a fit's last digits do not depend on what else has been
    calculated before it.
    """
    from core.kernels.compiling import compile_all, is_available

    if not is_available():
        return False
    if not is_compiled():
        compile_all()
    _always[:] = [True]
    return True


def is_loaded() -> bool:
    """Whether small fits are made by compiled code too, as `load` has them."""
    return bool(_always)


def ready(cells: int) -> bool:
    """Whether a pass over so many rows times components is to be made by compiled code. Never waits for a compiler."""
    return (cells >= LEAST_CELLS or bool(_always)) and is_compiled()
