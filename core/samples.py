"""The data sets that come with the program, and mixtures to draw new ones from, whose truth is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from core.data import Levels
from core.errors import InputError
from core.table import Column, Table

FOLDER = Path(str(files("resources"))) / "samples"


@dataclass(frozen=True)
class Sample:
    """A data set to try: its file, the column to fit, how many components to start with, and what to say about it.

    unit is "" where the column has none. labels names a column that tells which group each row came from, or is None.
    counts: the column of frequencies, or None. family: of the components to start with, or a model that is no mixture.
    """

    id: str
    title: str
    file: str
    column: str
    unit: str
    n_components: int
    note: str
    labels: str | None
    counts: str | None = None
    family: str = "gaussian"

    @property
    def path(self) -> Path:
        """Where the file is on this machine."""
        return FOLDER / self.file


@cache
def list_samples() -> tuple[Sample, ...]:
    """The data sets to try, in the order they are offered."""
    entries = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return tuple(Sample(**entry) for entry in entries)


@dataclass(frozen=True)
class Recipe:
    """A Gaussian mixture to draw rows from: weights, means and sds by component, how many rows, and the seed."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    n_samples: int
    seed: int = 0

    def __post_init__(self) -> None:
        if not len(self.weights) == len(self.means) == len(self.sds) > 0:
            raise InputError(
                "A mixture needs one weight, one mean and one sd for each component, not "
                f"{len(self.weights)} weights, {len(self.means)} means and {len(self.sds)} sds."
            )
        if not np.isfinite(self.means).all():
            raise InputError("The means of a mixture must be finite numbers.")
        if not (np.isfinite(self.sds).all() and min(self.sds) > 0):
            raise InputError("The sds of a mixture must be finite and greater than 0.")
        if not (min(self.weights) > 0 and abs(sum(self.weights) - 1) < 1e-9):
            raise InputError("The weights of a mixture must be greater than 0 and sum to 1.")
        if self.n_samples < 1:
            raise InputError(f"A sample needs at least one row, not {self.n_samples}.")
        if self.seed < 0:
            raise InputError(f"A seed must be 0 or greater, not {self.seed}.")

    def generate(self, rng: np.random.Generator | None = None) -> Table:
        """Rows of the mixture: a column "x", and a column "component" that says which component each came from.

        Without a generator the recipe's own seed is used, so the rows are the same each time.
        """
        rng = np.random.default_rng(self.seed) if rng is None else rng
        codes = rng.choice(len(self.weights), size=self.n_samples, p=self.weights)
        x = np.array(self.means)[codes] + np.array(self.sds)[codes] * rng.standard_normal(self.n_samples)
        names = tuple(f"component {number}" for number in range(1, len(self.weights) + 1))
        why_not = f"words: row 1 is “{names[codes[0]]}”"
        component = Column("component", values=None, why_not=why_not, levels=Levels(names, codes.astype(np.int32)))
        source = f"{len(names)} components, seed {self.seed}"
        return Table(source=source, path="", sha256="", n_rows=len(x), columns=(Column("x", x), component))

    def csv(self) -> str:
        """The rows as the text of a CSV file, every number with all its digits."""
        x, component = self.generate().columns
        assert x.values is not None
        assert component.levels is not None
        names = [component.levels.names[code] for code in component.levels.codes]
        rows = [f"{value!r},{name}" for value, name in zip(x.values.tolist(), names, strict=True)]
        return "\n".join(["x,component", *rows, ""])


THREE_COMPONENTS = Recipe(
    weights=(0.2, 0.5, 0.3), means=(-2.0, 0.0, 2.0), sds=(1.0, 0.8**0.5, 2.0**0.5), n_samples=300, seed=7
)
"""Three components so close that the histogram hides them; the sample three_components.csv was drawn from it."""
