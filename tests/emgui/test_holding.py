"""What cells are held to, and what goes together when choices change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core import Data, FitOptions
from core.constraints import Constraints
from core.constraints.parsing import parse
from core.em import family_of
from core.errors import InputError
from core.mixture import Mixture
from emgui import holding
from emgui.matching import changed, resized

COUNTS = Data(np.array([0.0, 3.0, 7.0, 2.0]), ("x",))


def options(*lines: str, **choices: object) -> FitOptions:
    """Options with constraints like "fix mean[1]=3"."""
    constraints = Constraints(tuple(parse(*line.split(" ", 1)) for line in lines))
    return replace(FitOptions(**choices), constraints=constraints)  # type: ignore[arg-type]


def mixture(of: FitOptions | None = None) -> Mixture:
    parameters = {"mean": np.array([1.0, 5.0]), "sd": np.array([1.0, 2.0])}
    return Mixture(family_of(of or FitOptions()), np.array([0.25, 0.75]), parameters)


def test_holding_a_value_and_letting_it_go_comes_back_to_where_it_was() -> None:
    held = holding.toggled(FitOptions(), mixture(), 2, "mean")
    assert [one.flag for one in held.constraints.items] == ["--fix mean[2]=5"]
    assert holding.is_fixed(held, 2, "mean")
    assert not holding.is_fixed(held, 1, "mean")
    assert holding.toggled(held, mixture(), 2, "mean") == FitOptions()


def test_letting_one_go_of_a_fix_for_all_leaves_the_others_held() -> None:
    freed = holding.toggled(options("fix sd=2"), mixture(), 1, "sd")
    assert [one.text for one in freed.constraints.items] == ["sd[2]=2"]


def test_a_held_value_that_is_edited_is_held_at_the_new_one() -> None:
    before = options("fix mean[2]=5")
    after = holding.edited(before, mixture(), 2, "mean", 6.5)
    assert [one.text for one in holding.following(before, mixture(), after, 2, "mean").constraints.items] == [
        "mean[2]=6.5"
    ]


def test_an_edited_weight_leaves_the_rest_to_the_others() -> None:
    after = holding.edited(FitOptions(), mixture(), 1, "weight", 0.4)
    np.testing.assert_allclose(after.weights, [0.4, 0.6])
    assert after.ids == (1, 2)


@pytest.mark.parametrize(("name", "value"), [("weight", 1.0), ("weight", -0.1), ("sd", 0.0), ("mean", float("nan"))])
def test_a_value_that_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(InputError):
        holding.edited(FitOptions(), mixture(), 1, name, value)


def test_what_is_tied_is_edited_together() -> None:
    tied = options("tie sd")
    np.testing.assert_array_equal(holding.edited(tied, mixture(), 1, "sd", 3.0).parameters["sd"], [3.0, 3.0])


@pytest.mark.parametrize(
    ("line", "cell", "words"),
    [
        ("fix mean[1]=3", (1, "mean"), "held at 3"),
        ("tie sd", (2, "sd"), "the same in all components"),
        ("tie cv", (2, "sd"), "in the same ratio to the mean in all components"),
        ("bound sd[2]=0.1:5", (2, "sd"), "kept from 0.1 to 5"),
        ("bound sd=0.1:", (1, "sd"), "kept at 0.1 or more"),
        ("bound mean[1]=:-3", (1, "mean"), "kept at −3 or less"),
        ("order mean", (1, "mean"), "increasing with the component's number"),
        ("floor sd=0.5", (1, "sd"), "kept at 0.5 or more"),
        ("prior weight=2", (1, "weight"), "under a prior at 2"),
    ],
)
def test_each_constraint_is_said_in_words_at_its_cells(line: str, cell: tuple[int, str], words: str) -> None:
    assert [hold.words for hold in holding.holds(options(line), *cell)] == [words]


def test_a_constraint_is_said_only_where_it_holds() -> None:
    assert holding.holds(options("fix mean[1]=3"), 2, "mean") == []
    assert holding.holds(options("fix mean[1]=3"), 1, "sd") == []


def test_families_by_component_say_how_many_there_are() -> None:
    assert changed(FitOptions(), COUNTS, family="Gaussian + gaussian + Uniform").n_components == 3
    assert changed(FitOptions(), COUNTS, family="gaussian+uniform").family == "gaussian+uniform"


@pytest.mark.parametrize(
    ("family", "n", "expected"),
    [
        ("gaussian+uniform", 3, "gaussian+gaussian+uniform"),
        ("gaussian+gaussian+uniform", 2, "gaussian+uniform"),
        ("gaussian+uniform", 1, "gaussian"),
    ],
)
def test_components_added_or_taken_away_say_which_families(family: str, n: int, expected: str) -> None:
    assert resized(family, n) == expected


def test_the_binomial_has_as_many_trials_as_the_largest_value_to_begin_with() -> None:
    chosen = changed(FitOptions(), COUNTS, family="binomial")
    assert chosen.trials == 7
    assert changed(chosen, COUNTS, family="poisson").trials is None


def test_variances_are_shared_only_by_gaussians() -> None:
    tied = FitOptions(covariance="tied")
    assert changed(tied, COUNTS, family="poisson").covariance == "full"
    assert changed(tied, COUNTS, family="gaussian+gaussian").covariance == "tied"


def test_a_variant_comes_with_its_own_options() -> None:
    first = changed(FitOptions(), COUNTS, algorithm="incremental", settings=(("blocks", 5),))
    assert changed(first, COUNTS, algorithm="sparse").settings == ()
    assert changed(first, COUNTS, n_components=3).settings == (("blocks", 5),)


def test_constraints_that_make_no_sense_any_more_go() -> None:
    before = options("fix mean[3]=4", "fix mean[1]=1", n_components=3)
    after = changed(before, COUNTS, n_components=2)
    assert [one.text for one in after.constraints.items] == ["mean[1]=1"]
    assert changed(before, COUNTS, family="poisson").constraints == Constraints()


def test_a_family_that_there_is_not_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match="gausian"):
        changed(FitOptions(), COUNTS, family="gausian+uniform")
