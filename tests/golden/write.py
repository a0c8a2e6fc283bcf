"""Writes what this version saves, once, at a release: python tests/golden/write.py. Old files stay as they are."""

import json
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from core import em  # noqa: E402
from core.algorithms import ALGORITHMS  # noqa: E402
from core.history import History  # noqa: E402
from core.io import read_table  # noqa: E402
from core.options import FitOptions  # noqa: E402
from core.samples import list_samples  # noqa: E402
from core.session import SUFFIX, Desk, SavedRun, Session, Source, save  # noqa: E402
from core.version import version  # noqa: E402

MADE, FURTHER = 6, 3
MODELS = ("gaussian", "student_t", "gamma", "gaussian+uniform")


def chosen():
    """Every variant on normal components, and some families by EM."""
    settings = {"incremental": (("blocks", 5),), "stochastic": (("burn_in", 3), ("average", 3))}
    for name in ALGORITHMS:
        yield FitOptions(algorithm=name, settings=settings.get(name, ()), tolerance=1e-12)
    for family in MODELS[1:]:
        yield FitOptions(family=family, tolerance=1e-12)


def main():
    """The session, and beside it the numbers that must be found in it."""
    table = read_table(list_samples()[0].path)
    data = replace(table.data("waiting"), origin=None)  # which is of the machine it is written on
    runs, expected = [], []
    for number, options in enumerate(chosen(), start=1):
        history = History(em.tape(options))
        for iteration in islice(em.run(data, options, em.start_of(data, options, np.random.default_rng(0))), MADE + 1):
            history.append(iteration)
        runs.append(SavedRun(number, options, "k-means", history.tape(), outcome=history.outcome))
        further = [one.log_likelihood for one in islice(em.resume(data, options, history.last), FURTHER)]
        mixture = history.last.mixture
        expected.append(
            {
                "algorithm": options.algorithm,
                "family": options.family,
                "log_likelihood": history.scalar("log_likelihood").tolist(),
                "weights": mixture.weights.tolist(),
                "parameters": {name: array.tolist() for name, array in mixture.parameters.items()},
                "further": further,
            }
        )
    source = Source("", "", table.sha256, table.dialect, data.roles)
    desk = Desk(FitOptions(), current=0, position=5, unit="min", title=data.source, source=source)
    file = HERE / f"session-{version()}{SUFFIX}"
    if file.exists():
        raise SystemExit(f"{file.name} is there already")
    save(file, Session(desk, data, None, tuple(runs)))
    file.with_suffix(".json").write_text(json.dumps(expected, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
