"""Models ranked: the certified order, what never wins, what is skipped, and that whoever pulls can stop."""

from __future__ import annotations

import json
from collections.abc import Generator
from math import exp
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from core import criteria
from core.data import Data
from core.errors import Cancelled, InputError
from core.fit import fit
from core.io import read_table
from core.optima import Progress
from core.options import FitOptions
from core.samples import FOLDER
from core.selection.models import Selection, Skipped, combinations, fit_each, model_name, select
from core.selection.ranking import CRITERIA, CV, Made, n_parameters, ranked
from core.stopping import DEGENERATE

Returned = TypeVar("Returned")
CERTIFIED = json.loads((Path(__file__).parents[1] / "certified_fits.json").read_text(encoding="utf-8"))["fits"]
COLUMNS = sorted({(record["file"], record["column"]) for record in CERTIFIED})

SHORT_OF_THE_HIGHEST = {("petal_length", 4, "full"): 0.1205}
"""Models whose certified optimum 10 restarts do not find (200 do), and by how much of BIC they end above it."""


def pulled(steps: Generator[Any, None, Returned]) -> Returned:
    """What a generator returns, its progress let go by."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]


def chosen(data: Data, components: Any, families: Any, covariances: Any, by: str = "bic", **given: Any) -> Selection:
    models, skipped = combinations(components, families, covariances, **given)
    return pulled(select(data, models, by, skipped))


def rows(*parts: Any) -> Data:
    return Data(np.concatenate([np.asarray(part, dtype=float) for part in parts]), ("x",))


def model_of(options: FitOptions) -> tuple[int, str, str]:
    return options.n_components, options.family, options.covariance


@pytest.fixture(scope="module")
def waiting() -> Data:
    return read_table(FOLDER / "faithful.csv").data("waiting")


@pytest.mark.parametrize(
    ("file", "column"),
    [
        pytest.param(*one, marks=() if one[1] in ("waiting", "petal_length") else pytest.mark.slow, id="-".join(one))
        for one in COLUMNS
    ],
)
def test_the_models_of_each_certified_column_come_in_the_order_of_their_bic(file: str, column: str) -> None:
    records = [one for one in CERTIFIED if (one["file"], one["column"]) == (file, column)]
    bics = {(one["n_components"], one["covariance"]): float(one["bic"]) for one in records}
    data = read_table(FOLDER / file).data(column)
    found = chosen(data, [1, 2, 3, 4], ["gaussian"], ["full", "tied"], restarts=10)
    values = {(one.fit.options.n_components, one.fit.options.covariance): one.value for one in found.models}
    assert list(values) == sorted(bics, key=lambda model: bics[model])
    for (n, covariance), value in values.items():
        short = SHORT_OF_THE_HIGHEST.get((column, n, covariance), 0.0)
        assert value == pytest.approx(bics[n, covariance] + short, abs=1e-4 if short else 1e-5, rel=0)


@pytest.mark.parametrize("criterion", [name for name in CRITERIA if name != CV])
def test_each_criterion_ranks_by_its_own_figure(waiting: Data, criterion: str) -> None:
    found = chosen(waiting, [1, 2, 3], ["gaussian"], ["tied"], criterion)
    values = []
    for one in found.models:
        k, n, log_likelihood = n_parameters(one.fit), 272, one.fit.log_likelihood
        by_hand = {
            "aic": -2 * log_likelihood + 2 * k,
            "aicc": -2 * log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1),
            "bic": -2 * log_likelihood + k * np.log(n),
            "icl": one.fit.icl,
        }
        assert one.value == pytest.approx(by_hand[criterion], rel=1e-14)
        values.append(one.value)
    assert values == sorted(values)


def test_differences_are_to_the_best_and_weights_add_up_to_one(waiting: Data) -> None:
    found = chosen(waiting, [1, 2, 3], ["gaussian"], ["full", "tied"])
    best = found.models[0]
    assert found.best is best
    assert best.difference == 0.0
    assert sum(one.weight or 0.0 for one in found.models) == pytest.approx(1.0, rel=1e-14)
    for one in found.models:
        assert one.value is not None
        assert best.value is not None
        assert best.weight is not None
        assert one.difference == one.value - best.value
        assert one.weight == pytest.approx(best.weight * exp(-0.5 * one.difference), rel=1e-12)


def test_each_model_is_the_fit_of_its_options(waiting: Data) -> None:
    for one in chosen(waiting, [2], ["gaussian", "gamma"], ["full"], seed=3, restarts=2).models:
        alone, _ = fit(waiting, FitOptions(n_components=2, family=one.fit.options.family, seed=3, restarts=2))
        assert one.fit.log_likelihood == alone.log_likelihood
        assert one.fit.bic == alone.bic


def test_a_degenerate_fit_is_last_and_has_no_weight() -> None:
    data = rows(np.zeros(50), np.random.default_rng(0).normal(10.0, 1.0, 50))
    found = chosen(data, [1, 2], ["gaussian"], ["full", "tied"])
    last = found.models[-1]
    assert model_of(last.fit.options) == (2, "gaussian", "full")
    assert last.fit.outcome.status == DEGENERATE
    assert (last.value, last.difference, last.weight) == (None, None, None)
    assert last.reason == last.fit.outcome.message
    assert sum(one.weight or 0.0 for one in found.models) == pytest.approx(1.0)


def test_an_improper_fit_does_not_win_though_its_criterion_is_the_lowest() -> None:
    data = rows(np.random.default_rng(1).normal(0.0, 1.0, 60), [30.0, 30.01])
    found = chosen(data, [1, 2], ["gaussian"], ["full"])
    first, last = found.models
    assert first.fit.options.n_components == 1
    assert last.value is not None
    assert first.value is not None
    assert last.value < first.value
    assert last.reason.startswith("Improper: component 2 holds only 2 rows")
    assert (last.difference, last.weight, first.weight) == (None, None, 1.0)


def test_where_no_fit_is_proper_there_is_no_best() -> None:
    data = rows(np.zeros(50), np.random.default_rng(0).normal(10.0, 1.0, 50))
    found = chosen(data, [2], ["gaussian"], ["full"])
    assert found.best is None
    assert [one.weight for one in found.models] == [None]


def test_too_few_rows_for_the_correction_of_aic_put_a_model_last() -> None:
    data = rows(np.random.default_rng(2).normal(0.0, 1.0, 3), np.random.default_rng(3).normal(20.0, 1.0, 3))
    found = chosen(data, [1, 2], ["gaussian"], ["full"], "aicc")
    assert found.models[-1].fit.options.n_components == 2
    assert found.models[-1].value is None
    assert found.models[-1].reason
    assert criteria.aicc(10.0, 5, 6) is None
    assert criteria.aicc(10.0, 2, 6) == 14.0


def test_what_makes_no_sense_is_skipped_with_a_reason() -> None:
    models, skipped = combinations([1, 2, 3], ["gaussian", "gamma", "gaussian+uniform"], ["full", "tied", "diag"])
    kept = {model_of(one) for one in models}
    assert kept == {
        *((k, "gaussian", "full") for k in (1, 2, 3)),
        *((k, "gaussian", "tied") for k in (2, 3)),
        *((k, "gamma", "full") for k in (1, 2, 3)),
        (2, "gaussian+uniform", "full"),
        (2, "gaussian+uniform", "tied"),
    }
    reasons = {(one.n_components, one.family, one.covariance): one.reason for one in skipped}
    assert len(kept) + len(reasons) == 27
    assert reasons[1, "gaussian", "tied"] == "With one component it is the same model as full."
    assert reasons[2, "gaussian", "diag"] == "With one column it is the same model as full."
    assert "--covariance tied is of Gaussian components" in reasons[2, "gamma", "tied"]
    assert "is for 2 components, not 3" in reasons[3, "gaussian+uniform", "full"]


def test_several_columns_tell_diagonal_covariances_from_full_ones() -> None:
    models, skipped = combinations([1, 2], ["gaussian"], ["full", "diag", "tied"], n_features=2)
    assert len(models) == 5
    assert [(one.n_components, one.covariance) for one in skipped] == [(1, "tied")]


def test_trials_are_of_the_binomial_models_only() -> None:
    models, skipped = combinations([1], ["poisson", "binomial"], ["full"], trials=10)
    assert [(one.family, one.trials) for one in models] == [("poisson", None), ("binomial", 10)]
    assert skipped == ()


def test_more_components_than_the_rows_can_bear_are_skipped() -> None:
    found = chosen(rows([1.0, 2.0, 4.0, 9.0]), [1, 2], ["gaussian"], ["full"])
    assert [one.fit.options.n_components for one in found.models] == [1]
    assert [one.n_components for one in found.skipped] == [2]
    assert "fewer than the 5 parameters" in found.skipped[0].reason


@pytest.mark.parametrize(
    ("families", "covariances", "given", "sentence"),
    [
        (["gausian"], ["full"], {}, "“gausian” is none of them"),
        (["gaussian"], ["full", "round"], {}, "“round” is none of them"),
        (["linkage"], ["full"], {}, "is no mixture"),
        (["gaussian", "poisson"], ["full"], {}, "cannot be compared: rank poisson apart"),
        (["gamma"], ["tied"], {}, "--covariance tied is of Gaussian components"),
        (["gaussian"], ["full"], {"tolerance": -1.0}, "--tolerance must be 0"),
    ],
)
def test_what_cannot_be_ranked_is_refused(families: Any, covariances: Any, given: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        combinations([1, 2], families, covariances, **given)


def test_data_that_no_model_fits_are_refused() -> None:
    models, _ = combinations([1, 2], ["gaussian"], ["full"])
    with pytest.raises(InputError, match="with no variation"):
        pulled(select(rows([3.0] * 20), models))
    with pytest.raises(InputError, match="no model to fit"):
        pulled(select(rows([3.0, 4.0]), ()))
    with pytest.raises(InputError, match="--criterion must be one of aic, aicc, bic, icl, cv"):
        pulled(select(rows([3.0, 4.0]), models, "dic"))


def test_models_come_one_by_one_and_whoever_pulls_can_stop(waiting: Data) -> None:
    models, _ = combinations([1, 2, 3], ["gaussian"], ["full"])
    seen: list[Progress] = []
    steps = select(waiting, models, watch=seen.append)
    first, second = next(steps), next(steps)
    steps.close()
    assert [one.fit.options.n_components for one in (first, second)] == [1, 2]
    assert {one.text for one in seen} == {
        "Model 1 of 3: gaussian, 1 component",
        "Model 2 of 3: gaussian, 2 components",
    }


def test_whoever_watches_can_stop_within_a_fit(waiting: Data) -> None:
    seen: list[str] = []

    def watch(progress: Progress) -> None:
        seen.append(progress.text)
        if len(seen) == 5:
            raise Cancelled

    models, _ = combinations([3], ["gaussian"], ["full"])
    with pytest.raises(Cancelled):
        pulled(select(waiting, models, watch=watch))
    assert seen == ["Model 1 of 1: gaussian, 3 components"] * 5


def test_on_two_cores_the_fits_are_the_same(waiting: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cores.PATIENCE", 0.0)
    models, _ = combinations([1, 2, 3], ["gaussian"], ["full", "tied"])
    alone, shared = (
        sorted((one for one in fit_each(waiting, models, cores) if isinstance(one, Made)), key=lambda one: one.place)
        for cores in (1, 2)
    )
    assert [one.fit.log_likelihood for one in alone] == [one.fit.log_likelihood for one in shared]
    for one, other in zip(alone, shared, strict=True):
        assert other.fit.data is waiting
        assert one.fit.options == other.fit.options
        assert all(
            (one.fit.mixture.parameters[name] == other.fit.mixture.parameters[name]).all() for name in ("mean", "sd")
        )


def test_what_cannot_be_fitted_comes_as_skipped(waiting: Data) -> None:
    models, _ = combinations([1, 2], ["gaussian"], ["full"])
    made = list(fit_each(rows([1.0, 2.0, 4.0, 9.0]), models))
    assert [type(one) for one in made] == [Made, Skipped]


def test_the_same_fits_can_be_ranked_by_another_criterion(waiting: Data) -> None:
    models, _ = combinations([1, 2, 3], ["gaussian"], ["full"], restarts=3)
    made = [one for one in fit_each(waiting, models) if isinstance(one, Made)]
    for name in ("aic", "bic", "icl"):
        values = [one.value for one in ranked(made, name)]
        assert values == sorted(getattr(one.fit, name) for one in made)
    assert {one.reason for one in ranked(made, CV)} == {"Not cross-validated yet."}


def test_by_cross_validation_the_highest_is_the_best(waiting: Data) -> None:
    found = chosen(waiting, [1, 2], ["gaussian"], ["full", "tied"], CV)
    values = [one.value or 0.0 for one in found.models]
    assert values == sorted(values, reverse=True)
    assert found.models[-1].fit.options.n_components == 1
    assert [one.difference for one in found.models] == [values[0] - value for value in values]
    weights = [exp(value - values[0]) for value in values]
    assert [one.weight for one in found.models] == pytest.approx([one / sum(weights) for one in weights])


def test_a_degenerate_fit_is_not_cross_validated_and_never_wins() -> None:
    data = rows(np.zeros(50), np.random.default_rng(0).normal(10.0, 1.0, 50))
    found = chosen(data, [2], ["gaussian"], ["full", "tied"], CV, restarts=3)
    assert found.models[0].fit.options.covariance == "tied"
    assert found.models[1].made.cross_validation is None
    assert found.models[1].reason == found.models[1].fit.outcome.message


def test_a_model_is_named_in_a_few_words() -> None:
    assert model_name([1], "gamma", "full") == "gamma, 1 component"
    assert model_name([3], "gaussian", "tied") == "gaussian tied, 3 components"
    assert model_name([1, 2, 3], "gaussian", "tied") == "gaussian tied, 1, 2 and 3 components"
