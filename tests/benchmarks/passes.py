"""How many passes over the data each variant needs to come within a gap of the optimum, from the same start.

    python -m tests.benchmarks.passes [GAP]

A pass is what the variant itself counts. The optimum of a case is the best that any of them reaches when it goes on. Of
variants whose goal is another, the gap is that of where they end. The numbers depend on no clock.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice

import numpy as np

from core import Data, FitOptions, Mixture
from core.algorithms import ALGORITHMS
from core.em import ended, run
from core.families import make_family
from core.families.family import Setting
from core.io import read_table
from core.samples import FOLDER

MOST = 20_000
DEATHS = (162, 267, 271, 185, 111, 61, 27, 8, 3, 1)


def normals(weights: list[float], means: list[float], sds: list[float]) -> Mixture:
    return Mixture(
        make_family("gaussian", Setting()), np.array(weights), {"mean": np.array(means), "sd": np.array(sds)}
    )


def cases() -> Iterator[tuple[str, Data, FitOptions, Mixture]]:
    """Name, data, options and start of each case."""
    waiting = read_table(FOLDER / "faithful.csv").data("waiting")
    yield "faithful", waiting, FitOptions(), normals([0.5, 0.5], [50, 80], [10, 10])
    close = normals([0.5, 0.5], [0, 3], [1, 1]).sample(1000, np.random.default_rng(1))[0]
    yield "two close normals", Data(close, ("x",)), FitOptions(), normals([0.5, 0.5], [0.5, 2], [1, 1])
    rates = {"rate": np.array([1.0, 2.5])}
    deaths = Data(np.arange(10.0), ("deaths",), counts=np.array(DEATHS, dtype=float))
    poisson = Mixture(make_family("poisson", Setting()), np.array([0.3, 0.7]), rates)
    yield "Hasselblad's deaths", deaths, FitOptions(family="poisson"), poisson
    truth = normals([0.2] * 5, [-3, -1.5, 0, 1.5, 3], [0.8, 0.9, 0.8, 0.7, 0.8])
    heavy = Data(truth.sample(2000, np.random.default_rng(2))[0], ("x",))
    yield "five crowded normals", heavy, FitOptions(n_components=5), truth


def passes(data: Data, options: FitOptions, start: Mixture) -> list[tuple[float, float]]:
    """Passes and log-likelihood of every iteration to the end of the run, at the finest tolerance."""
    return [(one.n_passes, one.log_likelihood) for one in islice(ended(run(data, options, start)), MOST)]


def main() -> None:
    """Prints a line per variant and case."""
    gap = float(sys.argv[1]) if len(sys.argv) > 1 else 1e-6
    for name, data, options, start in cases():
        made = {
            algorithm: passes(data, FitOptions(**{**vars(options), "algorithm": algorithm, "tolerance": 1e-9}), start)
            for algorithm in ALGORITHMS
        }
        best = max(value for algorithm in made if ALGORITHMS[algorithm].judged for _, value in made[algorithm])
        print(f"{name}: {data.n_samples:,.0f} rows, K = {start.n_components}, optimum {best:.6f}")
        base = _first(made["em"], best - gap)
        for algorithm, steps in made.items():
            needed = _first(steps, best - gap)
            if needed is None:
                print(f"  {algorithm:12} ends {best - steps[-1][1]:.2g} below after {steps[-1][0]:,.0f} passes")
            else:
                ratio = f"{needed / base:.3f} of em's" if base else ""
                print(f"  {algorithm:12} {needed:8,.0f} passes  {ratio}")


def _first(steps: list[tuple[float, float]], level: float) -> float | None:
    return next((n for n, value in steps if value >= level), None)


if __name__ == "__main__":
    main()
