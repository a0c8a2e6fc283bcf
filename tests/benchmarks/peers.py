"""The other programs, each asked for the same thing: so many EM iterations from the same start."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

import numpy as np
from numpy.typing import NDArray

from core import Mixture
from tests.benchmarks.rounds import seconds_of

Array = NDArray[np.float64]
Fitted = tuple[Array, Array]
"""Weights (K,) and means (K, d) after the last iteration."""


@dataclass(frozen=True)
class Start:
    """Weights (K,), means (K, d) and covariances (K, d, d)."""

    weights: Array
    means: Array
    covariances: Array

    @staticmethod
    def of(mixture: Mixture) -> Start:
        """The parameters of a mixture of one column or several."""
        parameters = mixture.parameters
        if mixture.family.n_features == 1:
            return Start(
                mixture.weights,
                parameters["mean"][:, np.newaxis],
                np.square(parameters["sd"])[:, np.newaxis, np.newaxis],
            )
        return Start(mixture.weights, parameters["mean"], parameters["covariance"])


Em = Callable[[Array, int], Fitted | None]
"""Values (n, d) and how many iterations → where they lead; None where a program cannot say, or has its own start."""


@dataclass(frozen=True)
class Peer:
    """Another program. prepare makes of values and a start what runs so many iterations. steps: how many are timed."""

    name: str
    package: str
    prepare: Callable[[Array, Start], Em]
    steps: int

    @property
    def version(self) -> str:
        """The version that is installed, or "" where none is."""
        try:
            return installed(self.package)
        except PackageNotFoundError:
            return ""

    def per_iteration(self, values: Array, start: Start) -> Callable[[], float]:
        """What measures the seconds of one iteration: a run less a run of one, so what a run costs once is left out."""
        em = self.prepare(values, start)

        def measure() -> float:
            one = seconds_of(lambda: em(values, 1))
            return (seconds_of(lambda: em(values, 1 + self.steps)) - one) / self.steps

        return measure


def _scikit_learn(values: Array, start: Start) -> Em:
    from sklearn.mixture import GaussianMixture

    precisions = np.linalg.inv(start.covariances)

    def em(values: Array, iterations: int) -> Fitted:
        mixture = GaussianMixture(
            len(start.weights),
            tol=0.0,
            reg_covar=0.0,
            max_iter=iterations,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=precisions,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            mixture.fit(values)
        _check(mixture.n_iter_, iterations)
        return mixture.weights_, mixture.means_

    return em


def _onedal(values: Array, start: Start) -> Em:
    import daal4py

    def em(values: Array, iterations: int) -> Fitted:
        algorithm = daal4py.em_gmm(
            len(start.weights),
            maxIterations=iterations,
            accuracyThreshold=0.0,
            regularizationFactor=0.0,
            covarianceStorage="full",
        )
        made = algorithm.compute(values, start.weights[np.newaxis], start.means, list(start.covariances))
        _check(int(made.nIterations[0, 0]), iterations)
        return made.weights.ravel(), made.means

    return em


def _mlpack(values: Array, start: Start) -> Em:
    from mlpack import gmm_train

    # It takes no parameters to begin from, only a model: one iteration after a rough k-means of its own.
    k = len(start.weights)
    model = gmm_train(gaussians=k, input_=values, max_iterations=1, kmeans_max_iterations=1, seed=1)["output_model"]

    def em(values: Array, iterations: int) -> None:
        gmm_train(gaussians=k, input_=values, input_model=model, max_iterations=iterations, tolerance=0.0)

    return em


def _check(made: int, asked: int) -> None:
    if made != asked:
        raise RuntimeError(f"{made} iterations were made, not {asked}: the times would not compare")


SCIKIT_LEARN = Peer("scikit-learn", "scikit-learn", _scikit_learn, 3)
ONEDAL = Peer("oneDAL", "daal", _onedal, 10)
MLPACK = Peer("mlpack", "mlpack", _mlpack, 3)
PEERS = (SCIKIT_LEARN, ONEDAL, MLPACK)
NOT_FROM_PYPI = {"mclust": "R", "Armadillo": "C++ (mlpack is built on it)"}


def usable() -> tuple[Peer, ...]:
    """The peers that are installed here."""
    return tuple(peer for peer in PEERS if peer.version)


def skipped() -> list[str]:
    """A line for each program that is not measured, saying why."""
    missing = [f"{peer.name} is skipped: {peer.package} is not installed." for peer in PEERS if not peer.version]
    return [*missing, *(f"{name} is skipped: it is of {home}, not on PyPI." for name, home in NOT_FROM_PYPI.items())]
