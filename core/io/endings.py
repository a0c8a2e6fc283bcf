"""Which form a file is written in, by the end of its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.errors import InputError, shown


def ending_of(path: Path | str, endings: Iterable[str]) -> str:
    """The one of these endings that a file's name has, capitals or not; of several that fit, the longest.

    endings: such as ".csv" and ".sklearn.py", the usual one first, which a name without any ending (a pipe, a device)
    stands for too; where there is only one, any name will do. Raises InputError where a name ends otherwise.
    """
    known, name = tuple(endings), Path(path).name
    fitting = [ending for ending in known if name.lower().endswith(ending.lower())]
    if fitting:
        return max(fitting, key=len)
    if len(known) == 1 or not Path(path).suffix:
        return known[0]
    listed = f"{', '.join(known[:-1])} or {known[-1]}"
    raise InputError(f"“{shown(name)}” does not say in which form to write it: give it the ending {listed}.")
