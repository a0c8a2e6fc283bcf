"""Whether a fit describes the data, or is an artefact: it ended degenerate, or its optimum is improper."""

from __future__ import annotations

from collections.abc import Callable

from core.collapse import improper, rounding_unit
from core.data import Data
from core.expectation import Problem
from core.fit import Fit, fit
from core.history import History
from core.mixture import Mixture
from core.options import FitOptions
from core.stopping import DEGENERATE

Check = Callable[[], None]


def unit_of(data: Data) -> float:
    """What the values are rounded to, where that can make an optimum improper; 0 where it cannot."""
    return rounding_unit(data) if data.n_features == 1 and data.minimum[0] < data.maximum[0] else 0.0


def judged_fit(
    data: Data,
    options: FitOptions,
    start: Mixture | None = None,
    check: Check = lambda: None,
    unit: float | None = None,
) -> tuple[Fit, str]:
    """A whole fit as `core.fit.fit` makes it, and in a sentence why it describes no data; "" where it does.

    check is called at every iteration and may raise to stop. unit: what `unit_of` says of the data, where it is known.
    Raises InputError where the data cannot be fitted with these options.
    """
    fitted, history = fit(data, options, start, lambda _: check(), lambda _: check())
    return fitted, _fault(fitted, history, unit_of(data) if unit is None else unit)


def _fault(fitted: Fit, history: History, unit: float) -> str:
    if fitted.outcome.status == DEGENERATE:
        return fitted.outcome.message
    assert history.last is not None
    spurious = improper(Problem(fitted.data, fitted.options.constraints), history.last.state, unit)
    return "" if spurious is None else f"Improper: {spurious}."
