"""A map of the optima: every start goes to its end, ends are told apart, and it says how often each was reached."""

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import Data, FitOptions, Problem, kernels
from core.constraints import Constraints
from core.constraints.parsing import parse
from core.curvature import curvature
from core.em import ended, family_of, run
from core.errors import Cancelled, InputError
from core.expectation import log_likelihood
from core.held_start import drawn as starts_of
from core.optima import Optimum
from core.optima_map import COLLAPSED, SAME_HEIGHT, Map, _Atlas, _End, _on_all_rows, optima_map
from core.stopping import CONVERGED

HARD = {"weights": (0.2,) * 5, "means": (-3.0, -1.5, 0.0, 1.5, 3.0), "sds": (0.4, 0.5, 0.4, 0.5, 0.4)}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Small fits by compiled code, as the window has them."""
    monkeypatch.setattr(kernels, "_always", [])
    kernels.load()


def mapped(rows, options, n_starts=20):
    *_, last = optima_map(rows, options, n_starts)
    return last


def waiting():
    return data(column("faithful.csv", "waiting"))


def test_every_start_is_counted_once():
    rows = data(drawn(20_000, **HARD))
    made = list(optima_map(rows, FitOptions(n_components=5), 40))
    assert [one.n_done for one in made] == sorted(one.n_done for one in made)
    for one in made:
        assert sum(optimum.n_starts for optimum in one.optima) + one.n_lost == one.n_done
    assert made[-1].n_done == made[-1].n_starts == 40
    assert made[-1].is_whole


def test_each_proper_optimum_is_a_maximum_of_all_rows_at_the_log_likelihood_that_is_said():
    rows = data(drawn(20_000, **HARD))
    found = mapped(rows, FitOptions(n_components=5), 40)
    assert len(found.proper) > 1
    for optimum in found.proper:
        bend = curvature(Problem(rows), optimum.mixture)
        here = log_likelihood(Problem(rows), optimum.mixture)
        assert bend.is_maximum
        assert bend.remaining_gain < 1e-3
        assert optimum.log_likelihood == pytest.approx(here + bend.remaining_gain, abs=1e-5)


def test_plain_em_from_many_starts_ends_nowhere_higher():
    rows, options = waiting(), FitOptions(n_components=3)
    found = mapped(rows, options, 60)
    ends = []
    for start in starts_of(rows, family_of(options), 3, options.constraints, 11, 30):
        *_, last = ended(run(rows, options, start))
        if last.outcome.status == "converged":
            ends.append(last.log_likelihood)
    heights = np.array([optimum.log_likelihood for optimum in found.optima])
    proper = [end for end in ends if end <= found.best.log_likelihood + 1e-4]
    assert len(proper) > 5
    # Each end of EM that is common is on the map.
    for end in np.unique(np.round(proper, 3)):
        if sum(abs(one - end) < 1e-2 for one in ends) > 2:
            assert np.abs(heights - end).min() < 1e-2


def test_optima_come_the_highest_first_and_degenerate_ones_last_with_their_reason():
    rows = data(np.repeat(np.arange(12.0), 3))
    found = mapped(rows, FitOptions(n_components=3), 60)
    kinds = [optimum.reason is not None for optimum in found.optima]
    assert kinds == sorted(kinds)
    assert True in kinds
    heights = [optimum.log_likelihood for optimum in found.proper]
    assert heights == sorted(heights, reverse=True)
    assert sum(optimum.reason == COLLAPSED for optimum in found.optima) <= 1


def test_optima_that_mirror_each_other_are_two_though_equally_high():
    half = np.abs(np.random.default_rng(5).standard_normal(150))
    spread = np.concatenate([half, half + 4.0, 2.0 * half + 9.0])
    rows = data(np.concatenate([-spread, spread]))
    found = mapped(rows, FitOptions(n_components=3), 80)
    heights = [optimum.log_likelihood for optimum in found.proper]
    twins = [i for i in range(len(heights) - 1) if heights[i] - heights[i + 1] < 1e-6]
    assert twins
    for i in twins:
        one, other = found.proper[i].mixture, found.proper[i + 1].mixture
        np.testing.assert_allclose(one.parameters["mean"], -other.parameters["mean"][::-1], atol=1e-3)


def test_the_same_seed_gives_the_same_map_and_another_seed_the_same_best():
    rows = data(drawn(20_000, **HARD))
    one, again, other = (mapped(rows, FitOptions(n_components=5, seed=seed), 30) for seed in (1, 1, 2))
    assert [(o.log_likelihood, o.n_starts) for o in one.optima] == [
        (o.log_likelihood, o.n_starts) for o in again.optima
    ]
    assert one.best.log_likelihood == pytest.approx(other.best.log_likelihood, abs=1e-5)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_finished_map_does_not_depend_on_which_start_ended_first(order, monkeypatch):
    rows, found = waiting(), mixture([0.4, 0.6], [54.0, 80.0], [6.0, 6.0])
    # Each is the same as the next, the first and the last are not.
    ends = [_End(CONVERGED, found, -1034.0 + 0.8 * SAME_HEIGHT * place, None) for place in range(3)]
    monkeypatch.setattr("core.optima_map.each", lambda *_: ((place, ends[place]) for place in order))
    atlas = _Atlas(rows, 3)
    list(_on_all_rows(atlas, FitOptions(), [found] * 3, lambda: None))
    whole = atlas.map(is_whole=True)
    assert [(one.log_likelihood, one.n_starts) for one in whole.optima] == [
        (ends[2].log_likelihood, 1),
        (ends[0].log_likelihood, 2),
    ]
    assert (whole.n_done, whole.n_lost) == (3, 0)


def test_the_best_is_lonely_where_few_starts_reach_it_whatever_else_they_reach():
    there = mixture([1.0], [0.0], [1.0])

    def reached(*numbers):
        optima = [Optimum(-float(place), there, n, None) for place, n in enumerate(numbers)]
        return Map(100, 100, 0, (*optima, Optimum(np.inf, there, 100 - sum(numbers), "a spike")))

    assert reached(1, 60).is_lonely
    assert reached(2, 60).is_lonely
    assert not reached(3, 60).is_lonely
    assert not Map(100, 0, 0, ()).is_lonely
    assert Map(500, 500, 0, (Optimum(0.0, there, 10, None),)).is_lonely


@pytest.mark.parametrize(
    "options",
    [
        FitOptions(family="gamma"),
        FitOptions(family="student_t"),
        FitOptions(family="gaussian+uniform"),
        FitOptions(algorithm="hard"),
        FitOptions(constraints=Constraints((parse("tie", "sd"),))),
        pytest.param(
            FitOptions(
                family="gaussian+gaussian+uniform",
                n_components=3,
                constraints=Constraints((parse("fix", "mean[1]=55"),)),
            ),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["gamma", "student_t", "mixed", "hard", "held", "mixed and held"],
)
def test_all_models_have_a_map_by_their_own_starts(options):
    rows = waiting()
    found = mapped(rows, options)
    assert found.best is not None
    assert found.best.n_starts >= 1
    best = found.best.mixture
    assert found.best.log_likelihood == pytest.approx(log_likelihood(Problem(rows), best), abs=1e-5)


def test_several_columns_have_a_map():
    values = np.column_stack([column("faithful.csv", "eruptions"), column("faithful.csv", "waiting")])
    found = mapped(Data(values, ("eruptions", "waiting")), FitOptions(n_components=2))
    assert found.best.log_likelihood == pytest.approx(-1130.264, abs=1e-3)  # mclust's VVV of the same data


def test_giving_up_ends_it_at_once():
    asked = []

    def check():
        asked.append(None)
        if len(asked) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(optima_map(waiting(), FitOptions(n_components=3), 100, check))


@pytest.mark.parametrize("n_starts", [5, 501])
def test_a_number_of_starts_out_of_range_is_refused(n_starts):
    with pytest.raises(InputError, match="20 to 500"):
        list(optima_map(waiting(), FitOptions(), n_starts))
