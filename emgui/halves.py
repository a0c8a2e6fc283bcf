"""A half-step of a run's tape as it is to be explained."""

from __future__ import annotations

from core.algorithms.fast import Fast
from core.explaining.half_step import START, E, HalfStep, Heights, M
from emgui.run import Run


def half_step(run: Run, position: int) -> HalfStep:
    """The half-step at a position of a run's tape, with those around it."""
    number, e_done = divmod(position, 2)
    phase = START if position == 0 else (E if e_done else M)
    held_by = number if phase == E else number - 1
    return HalfStep(
        phase,
        number,
        run.data,
        run.options,
        Fast() if run.finished_from is not None and number >= run.finished_from else run.algorithm,
        run.mixture(number),
        run.mixture(number - 1) if number else None,
        run.sharing(held_by) if held_by >= 0 and phase != START else None,
        run.sharing(held_by - 1) if held_by >= 1 and phase != START else None,
        heights(run, number),
        run.note(number),
        _at(run, "n_passes", number) - _at(run, "n_passes", number - 1),
    )


def heights(run: Run, number: int) -> Heights:
    """The lower bounds of an iteration, and what bounds them."""
    return Heights(
        _at(run, "bound_after_e", number - 1),
        _at(run, "bound_after_m", number),
        _at(run, "bound_after_e", number),
        _at(run, "log_likelihood", number),
        _at(run, "log_likelihood", number - 1),
    )


def _at(run: Run, name: str, number: int) -> float:
    return float(run.history.scalar(name)[number]) if number >= 0 else float("nan")
