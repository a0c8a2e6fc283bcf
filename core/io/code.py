"""The fit as code: a Python script for NumPy or for scikit-learn, an R script, or the line that repeats it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from core.io.atomic import replacing_text
from core.io.command_line import START_FILE, command_line
from core.io.endings import ending_of
from core.io.result import components
from core.io.script_python import numpy_script
from core.io.script_r import r_script
from core.io.script_sklearn import sklearn_script

if TYPE_CHECKING:
    from core.fit import Fit


def write_code(path: Path | str, fit: Fit) -> None:
    """Saves the fit as code, of the kind that the ending says.

    Raises OutputError, and InputError where this fit cannot be put so.
    """
    make = CODES[ending_of(path, CODES)]
    text = make(fit)
    with replacing_text(path) as file:
        file.write(text)


def shell_script(fit: Fit) -> str:
    """A script for POSIX shells with the one line that repeats the fit, and its start where it was given."""
    lines = ["#!/bin/sh"]
    if fit.options.start == "given" and fit.start is not None and not fit.start.family.shared:
        start = json.dumps({"components": components(fit.start)}, indent=1)
        lines += [f"cat > {START_FILE} <<'END'", start, "END"]
    return "\n".join([*lines, command_line(fit)]) + "\n"


CODES = {".py": numpy_script, ".sklearn.py": sklearn_script, ".R": r_script, ".sh": shell_script}
"""Ending → the code of a fit."""
