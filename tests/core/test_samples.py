"""The sample data are the figures their sources print, and drawn samples come from the mixture they claim."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.samples import FOLDER, THREE_COMPONENTS, Recipe, Sample, list_samples

SAMPLES = list_samples()


def rows_of(sample: Sample) -> list[dict[str, str]]:
    with sample.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def values_of(name: str) -> np.ndarray:
    sample = next(sample for sample in SAMPLES if sample.id == name)
    counts = [int(row[sample.counts]) if sample.counts else 1 for row in rows_of(sample)]
    return np.repeat([float(row[sample.column]) for row in rows_of(sample)], counts)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_each_sample_has_the_columns_and_rows_it_announces(sample: Sample) -> None:
    rows = rows_of(sample)
    n = len(rows) if sample.counts is None else sum(int(row[sample.counts]) for row in rows)
    assert sample.note.startswith(f"{n:,} ")
    assert np.isfinite([float(row[sample.column]) for row in rows]).all()
    assert 1 <= sample.n_components < n
    if sample.labels is not None:
        assert len({row[sample.labels] for row in rows}) == sample.n_components


def test_every_file_is_offered_and_has_its_source_named() -> None:
    files = {path.name for path in FOLDER.glob("*.csv")}
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    assert files == {sample.file for sample in SAMPLES}
    assert all(f"| `{name}` |" in sources for name in files)


@pytest.mark.parametrize(
    # Number, sum and range, computed from the sources' own copies.
    ("name", "n", "total", "low", "high"),
    [
        ("faithful", 272, 19284, 43, 96),
        ("iris", 150, 563.7, 1, 6.9),
        ("galton", 934, 62340.7, 56, 79),
        ("galaxies", 82, 1708.18, 9.172, 34.279),
        ("deaths", 1096, 2364, 0, 9),
        ("linkage", 197, 1 * 125 + 2 * 18 + 3 * 20 + 4 * 34, 1, 4),
    ],
)
def test_the_figures_are_those_of_the_source(name: str, n: int, total: float, low: float, high: float) -> None:
    values = values_of(name)
    assert (len(values), values.min(), values.max()) == (n, low, high)
    assert values.sum() == pytest.approx(total, abs=1e-6)


def test_the_galaxy_mistyped_in_an_older_copy_is_right() -> None:
    velocities = values_of("galaxies")
    assert 26.960 in velocities
    assert 26.690 not in velocities


def test_galtons_sexes_are_counted_as_he_did() -> None:
    galton = next(sample for sample in SAMPLES if sample.id == "galton")
    assert Counter(row["sex"] for row in rows_of(galton)) == {"female": 453, "male": 481}


def test_the_drawn_sample_is_its_recipe() -> None:
    drawn = THREE_COMPONENTS.generate()
    x, component = drawn.columns
    assert x.values is not None
    assert component.levels is not None
    np.testing.assert_allclose(values_of("three_components"), x.values, rtol=1e-12)
    sample = next(sample for sample in SAMPLES if sample.id == "three_components")
    labels = [component.levels.names[code] for code in component.levels.codes]
    assert [row["component"] for row in rows_of(sample)] == labels


def test_a_recipe_repeats_with_its_seed_and_varies_with_a_generator() -> None:
    assert THREE_COMPONENTS.csv() == THREE_COMPONENTS.csv()
    assert THREE_COMPONENTS.csv() != replace(THREE_COMPONENTS, seed=8).csv()
    rng = np.random.default_rng(1)
    first, second = (THREE_COMPONENTS.generate(rng).data().column for _ in range(2))
    assert not np.array_equal(first, second)


def test_drawn_rows_follow_the_weights_means_and_sds_asked_for() -> None:
    recipe = Recipe(weights=(0.25, 0.75), means=(-10.0, 5.0), sds=(0.5, 2.0), n_samples=200_000, seed=3)
    table = recipe.generate()
    x, levels = table.data().column, table.columns[1].levels
    assert levels is not None
    for code in range(2):
        rows = x[levels.codes == code]
        error = 5 / np.sqrt(len(rows))  # five standard errors
        assert len(rows) / len(x) == pytest.approx(recipe.weights[code], abs=0.005)
        assert rows.mean() == pytest.approx(recipe.means[code], abs=error * recipe.sds[code])
        assert rows.std() == pytest.approx(recipe.sds[code], rel=error)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"means": (0.0, 1.0)}, "one weight, one mean and one sd for each component"),
        ({"weights": (), "means": (), "sds": ()}, "one weight, one mean and one sd for each component"),
        ({"weights": (0.5, 0.5, 0.5)}, "sum to 1"),
        ({"weights": (1.0, 0.0, 0.0)}, "greater than 0"),
        ({"weights": (float("nan"), 0.5, 0.5)}, "sum to 1"),
        ({"means": (0.0, float("inf"), 1.0)}, "means of a mixture must be finite"),
        ({"sds": (1.0, -1.0, 1.0)}, "sds of a mixture must be finite and greater than 0"),
        ({"n_samples": 0}, "at least one row, not 0"),
        ({"seed": -1}, "0 or greater, not -1"),
    ],
)
def test_an_impossible_recipe_is_refused_with_a_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        replace(THREE_COMPONENTS, **change)  # type: ignore[arg-type]
