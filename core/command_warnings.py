"""What a person must know of a result although there is one."""

from __future__ import annotations

from collections.abc import Iterator

from core.data import Data
from core.errors import shown
from core.fit import Fit


def warnings_of(result: Fit) -> Iterator[str]:
    """That a fit did not converge, and how many rows were left out; nothing where all is well."""
    improper = bool(result.optima) and all(optimum.reason is not None for optimum in result.optima)
    if result.outcome.status != "converged" or result.expected_gain is None or improper:
        yield result.outcome.message
    if result.data.transform and result.log_likelihood_original is None:
        yield (
            "A value is 0, where the square root has no slope: AIC, BIC and ICL are of the values as fitted, "
            "and compare with other fits of sqrt only."
        )
    yield from left_out(result.data)


def left_out(data: Data) -> Iterator[str]:
    """How many rows were left out, and why the first of them was; nothing where there is none."""
    if data.n_left_out:
        verb = "was" if data.n_left_out == 1 else "were"
        total = len(data) + data.n_left_out
        first = ""
        if data.left_out:
            cell = data.left_out[0]
            first = f"; the first is row {cell.row}: {cell.reason}" + (f", “{shown(cell.text)}”" if cell.text else "")
        yield f"{data.n_left_out:,} of {total:,} rows of “{shown(data.columns[0])}” {verb} left out{first}."
