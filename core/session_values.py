"""The kinds of values that a session may hold, each by the name it has in the file: these names stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from core.algorithms.incremental import Tree
from core.data import Data, LeftOut, Levels
from core.mixture import Statistics
from core.options import FitOptions
from core.roles import Form, Roles
from core.session_codec import Kinds, StandIn
from core.session_contents import Desk, SavedRun, Source
from core.table import Column, Dialect, Origin, Table


@dataclass(frozen=True, eq=False)
class Blocks:
    """What incremental EM remembers of each block of rows; their sums are made again, in the same order."""

    blocks: tuple[Statistics, ...]

    @classmethod
    def of(cls, tree: Tree) -> Blocks:
        """Those at the ends of a tree."""
        if tree.halves is None:
            return cls((tree.total,))
        return cls(tuple(block for half in tree.halves for block in cls.of(half).blocks))

    def tree(self) -> Tree:
        """The tree that has them at its ends."""
        return Tree.of(self.blocks)


@cache
def kinds() -> Kinds:
    """Name in the file → dataclass or named tuple. Whatever else a file names is refused."""
    return Kinds(
        {
            "session.desk": Desk,
            "session.run": SavedRun,
            "session.source": Source,
            "data": Data,
            "form": Form,
            "left-out": LeftOut,
            "levels": Levels,
            "roles": Roles,
            "table": Table,
            "column": Column,
            "dialect": Dialect,
            "origin": Origin,
            "options": FitOptions,
            **_of_constraints(),
            **_of_families(),
            **_of_moments(),
            **_of_runs(),
            **_of_variants(),
        },
        {Tree: (StandIn(Blocks.of, Blocks.tree), Blocks)},
    )


def _of_constraints() -> dict[str, type[Any]]:
    from core.constraints import Constraints
    from core.constraints.constraint import Bound, Fix, Floor, Order, Prior, Tie

    items = {f"constraint.{kind.kind}": kind for kind in (Bound, Fix, Floor, Order, Prior, Tie)}
    return {"constraints": Constraints, **items}


def _of_families() -> dict[str, type[Any]]:
    from core.families.binomial import Binomial
    from core.families.exponential import Exponential
    from core.families.gamma import Gamma
    from core.families.gaussian import Gaussian
    from core.families.linkage import Linkage
    from core.families.lognormal import Lognormal
    from core.families.mixed import Mixed
    from core.families.multivariate_gaussian import MultivariateGaussian
    from core.families.observed import Observed
    from core.families.poisson import Poisson
    from core.families.student_t import StudentT
    from core.families.uniform import Uniform
    from core.families.weibull import Weibull

    return {
        "family.binomial": Binomial,
        "family.exponential": Exponential,
        "family.gamma": Gamma,
        "family.gaussian": Gaussian,
        "family.linkage": Linkage,
        "family.lognormal": Lognormal,
        "family.mixed": Mixed,
        "family.multivariate-gaussian": MultivariateGaussian,
        "family.observed": Observed,
        "family.poisson": Poisson,
        "family.student-t": StudentT,
        "family.uniform": Uniform,
        "family.weibull": Weibull,
    }


def _of_moments() -> dict[str, type[Any]]:
    from core.families.binomial import Successes
    from core.families.exponential import Averages
    from core.families.gamma import MeanAndDivergence
    from core.families.heavy_tails import Expansions
    from core.families.linkage import Nothing
    from core.families.mixed import MixedMoments
    from core.families.multivariate_gaussian import MeanAndCovariance
    from core.families.observed import ObservedMoments
    from core.families.poisson import Counted
    from core.families.uniform import Interval
    from core.moments import MeanAndSd
    from core.powers import Powers

    return {
        "moments.averages": Averages,
        "moments.counted": Counted,
        "moments.expansions": Expansions,
        "moments.interval": Interval,
        "moments.mean-and-covariance": MeanAndCovariance,
        "moments.mean-and-divergence": MeanAndDivergence,
        "moments.mean-and-sd": MeanAndSd,
        "moments.mixed": MixedMoments,
        "moments.nothing": Nothing,
        "moments.observed": ObservedMoments,
        "moments.powers": Powers,
        "moments.successes": Successes,
    }


def _of_runs() -> dict[str, type[Any]]:
    from core.curvature import Curvature
    from core.em import Iteration
    from core.expectation import State
    from core.history import Tape
    from core.mixture import Mixture, Statistics
    from core.optima import Optimum
    from core.saddle import Escape
    from core.stopping import Outcome, Watched

    return {
        "curvature": Curvature,
        "escape": Escape,
        "iteration": Iteration,
        "mixture": Mixture,
        "optimum": Optimum,
        "outcome": Outcome,
        "state": State,
        "statistics": Statistics,
        "tape": Tape,
        "watched": Watched,
    }


def _of_variants() -> dict[str, type[Any]]:
    """What variants remember from one iteration to the next."""
    from core.algorithms import anderson, annealed, gradient, online, sparse, squarem, stochastic
    from core.algorithms.quasi_newton import Model
    from core.algorithms.warm_start import Way

    return {
        "anderson.memory": anderson.Memory,
        "annealed.memory": annealed.Memory,
        "fast.model": Model,
        "fast.way": Way,
        "gradient.memory": gradient.Memory,
        "incremental.blocks": Blocks,
        "online.mix": online.Mix,
        "sparse.block": sparse.Block,
        "sparse.frozen": sparse.Frozen,
        "squarem.memory": squarem.Memory,
        "stochastic.walk": stochastic.Walk,
    }
