"""Whether a run that was read belongs to the data, and its parts to each other, before anything is made of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.algorithms.annealed import Memory as Annealing
from core.algorithms.sparse import Frozen
from core.data import Data, Levels
from core.em import algorithm_of, family_of
from core.expectation import State
from core.history import History
from core.mixture import Mixture
from core.session_codec import CodedError
from core.session_contents import SavedRun
from core.table import Table


def check_data(data: Data | None, table: Table | None) -> None:
    """Raises CodedError where labels are not of the rows, or the table is not as long as it says."""
    if table is not None:
        for column in table.columns:
            if column.values is not None and column.values.shape != (table.n_rows,):
                raise CodedError("a column is not as long as its table")
            _check_levels(column.levels, table.n_rows)
    if data is not None:
        for levels in (data.labels, data.groups):
            _check_levels(levels, len(data))
        last = table.n_rows if table is not None else np.iinfo(np.int64).max
        if data.rows is not None and not (data.rows.min() >= 1 and data.rows.max() <= last):
            raise CodedError("the numbers of the rows are none of the file")


def _check_levels(levels: Levels | None, n: int) -> None:
    if levels is not None and (
        levels.codes.shape != (n,) or not ((levels.codes >= -1) & (levels.codes < len(levels.names))).all()
    ):
        raise CodedError("labels are not those of the rows")


def check_run(run: SavedRun, data: Data) -> None:
    """Raises CodedError where a run cannot be one of these data."""
    try:
        History.of(run.tape)
    except (ValueError, TypeError, AttributeError) as error:
        raise CodedError(str(error)) from error
    start, last = run.tape.pattern, run.tape.last
    for mixture in (start, run.given, *(optimum.mixture for optimum in run.optima)):
        if mixture is not None:
            _check_mixture(mixture, run, data)
    if last is not None:
        _check_state(last.state, run, data)
    if run.outcome is not None and last is None:
        raise CodedError("a run that did not begin has no end")


def _check_mixture(mixture: Mixture, run: SavedRun, data: Data) -> None:
    family = family_of(run.options, data.n_features, data.form)
    k = run.options.n_components
    same = sorted(mixture.family.of_components or (mixture.family.name,)) == sorted(
        family.of_components or (family.name,)
    )
    if not same or mixture.n_components != k or len(set(mixture.ids)) != k:
        raise CodedError("the mixture is none that the options ask for")
    if mixture.family.n_features != family.n_features or mixture.family.trials != family.trials:
        raise CodedError("the mixture is not one of these data")


def _check_state(state: State, run: SavedRun, data: Data) -> None:
    k = run.options.n_components
    if state.statistics.counts.shape != (k,):
        raise CodedError("the statistics are of other components")
    _check_memory(algorithm_of(run.options).name, state.memory, k, len(data))


def _check_memory(variant: str, memory: Any, k: int, n: int) -> None:
    """What a variant remembers of single rows must be of as many rows as there are."""
    from core.algorithms import anderson, gradient, incremental, online, squarem, stochastic
    from core.algorithms.warm_start import Way

    accelerated = (type(None), anderson.Memory, squarem.Memory, Annealing)
    fast = (type(None), str, anderson.Memory, Way)
    allowed: dict[str, tuple[type, ...]] = {
        "em": fast,
        "fast": fast,
        "incremental": (incremental.Tree,),
        "sparse": (Frozen,),
        "hard": (np.ndarray,),
        "stochastic": (stochastic.Walk,),
        "online": (online.Mix,),
        "squarem": accelerated,
        "anderson": accelerated,
        "annealed": (Annealing,),
        "gradient": (gradient.Memory,),
    }
    if variant in allowed and not isinstance(memory, allowed[variant]):
        raise CodedError(f"{variant} remembers something else")
    if isinstance(memory, np.ndarray) and (memory.shape != (n,) or memory.dtype.kind not in "iu"):
        raise CodedError("the labels are not those of the rows")
    if isinstance(memory, Frozen):
        rows = [block.share.shape[0] for block in memory.blocks]
        shapes = [block.plausible.shape for block in memory.blocks]
        if sum(rows) != n or shapes != [(k, m) for m in rows]:
            raise CodedError("what is frozen is not of these rows")
