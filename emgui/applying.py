"""A fit put to the rows of another file: who they belong to, as a table."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from core.data import Data
from core.fit import Fit
from core.io import read_table
from core.io.memberships import class_column, write_memberships
from core.io.result import write_result
from core.predict import predicted
from emgui.jobs import Report

READING = 0.4
"""Share of the work that reading the file is taken for."""


def apply_fit(fit: Fit, source: Path, target: Path, report: Report) -> Data:
    """Writes the memberships of the rows in a file under a fit; the rows as they were used. For a thread.

    What a saved fit knows of its rows is what counts, so that it is the same as `emgui predict`. Raises InputError and
    OutputError, and Cancelled through report.
    """
    with TemporaryDirectory(prefix="emgui-") as folder:
        result = Path(folder) / "the fit"
        write_result(result, fit)
        table = read_table(source, progress=lambda done: report(READING * done))
        data, mixture = predicted(result, table)
    beside = [] if fit.thresholds is None else [class_column(data, mixture, fit.thresholds.cuts)]
    write_memberships(target, data, mixture, lambda done: report(READING + (1.0 - READING) * done), beside)
    return data
