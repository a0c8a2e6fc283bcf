"""The starts that a search tries: the one that was asked for, and others drawn for diversity."""

from __future__ import annotations

from collections.abc import Iterator

from core.data import Data
from core.em import family_of
from core.held_start import drawn
from core.mixture import Mixture
from core.options import FitOptions

DRAWS = 8
"""Starts drawn for each restart; all make a short run, and only the best of them are restarts."""
MOST_DRAWN = 800
"""Starts drawn in all, unless more restarts are asked for: so many restarts find what there is to be found."""


def starts(data: Data, options: FitOptions, named: Mixture) -> Iterator[Mixture]:
    """The named start, then ones drawn for diversity, held to what the options hold the parameters to."""
    family = family_of(options, data.n_features, data.form)
    yield named
    yield from drawn(data, family, options.n_components, options.constraints, options.seed, n_drawn(options))


def n_drawn(options: FitOptions) -> int:
    """How many starts are drawn beside the named one."""
    further = options.restarts - 1
    return max(further, min(further * DRAWS, MOST_DRAWN))
