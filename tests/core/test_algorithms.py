"""What every variant of EM promises, whichever it is."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import islice, pairwise

import numpy as np
import pytest
from cases import data, drawn, mixture, numbers

from core import Data, FitOptions, InputError, Mixture, Problem, fit
from core.algorithms import ALGORITHMS
from core.em import ended, resume, run
from core.expectation import lower_bound
from core.families import FAMILIES, make_family
from core.families.family import Setting

pytestmark = pytest.mark.parametrize("name", list(ALGORITHMS))

START = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])


def rng(seed=5):
    return np.random.default_rng(seed)


def content(thing):
    """All that a value holds, whatever is nested in it, for comparing to the last bit."""
    if isinstance(thing, np.ndarray):
        return thing.shape, str(thing.dtype), thing.tobytes()
    if isinstance(thing, Mapping):
        return tuple((key, content(value)) for key, value in thing.items())
    if isinstance(thing, tuple | list):
        return tuple(content(item) for item in thing)
    if is_dataclass(thing):
        return type(thing), tuple(content(getattr(thing, item.name)) for item in fields(thing))
    return repr(thing)


def same(one, other):
    """Equal to the last bit, field by field."""
    return content(one) == content(other)


def walk(name, problem, start, steps):
    """The states of a run without a loop around it, each step with a generator of its own."""
    algorithm = ALGORITHMS[name]()
    state = algorithm.init(problem, start, rng(0))
    yield state
    for number in range(1, steps + 1):
        state = algorithm.step(problem, state, rng(number))
        yield state


def is_random(name):
    """Whether what it does depends on the generator that it is given."""
    algorithm, problem = ALGORITHMS[name](), Problem(data(drawn(500)))
    state = algorithm.init(problem, START, rng())
    after = (algorithm.step(problem, state, rng(seed)) for seed in (6, 7))
    return not same(*after)


def test_the_registry_knows_it_by_its_own_name(name):
    assert ALGORITHMS[name].name == name
    assert ALGORITHMS[name].title
    assert ALGORITHMS[name].summary[0].islower()


def test_a_step_is_pure(name):
    algorithm, problem = ALGORITHMS[name](), Problem(data(drawn(500)))
    state = algorithm.init(problem, START, rng())
    for _ in range(6):
        before = content(state)
        once, again = algorithm.step(problem, state, rng()), algorithm.step(problem, state, rng())
        assert same(once, again), "the same step twice, memory and all"
        assert content(state) == before, "what a step begins from stays as it was"
        assert not same(once, state)
        state = once


def test_a_monotone_one_never_lowers_the_log_likelihood(name):
    if not ALGORITHMS[name].monotone:
        pytest.skip("it does not promise to")
    made = islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 200)
    assert (np.diff([iteration.log_likelihood for iteration in made]) >= -1e-9).all()


@cache
def to_its_end(name, stop_on):
    """A run that does not pause: data, options, iterations."""
    rows, options = data(drawn(500)), FitOptions(n_components=3, algorithm=name, stop_on=stop_on, tolerance=1e-5)
    return rows, options, list(ended(run(rows, options, START)))


@pytest.mark.parametrize("stop_on", ["log-likelihood", "parameters"])
@pytest.mark.parametrize("pause", [0, 1, 2, 10, 40])
def test_a_resumed_run_goes_on_as_if_it_had_never_paused(name, stop_on, pause):
    rows, options, straight = to_its_end(name, stop_on)
    pause = min(pause, len(straight) - 2)
    resumed = list(ended(resume(rows, options, straight[pause])))
    assert [iteration.number for iteration in resumed] == list(range(pause + 1, len(straight)))
    for one, other in zip(straight[pause + 1 :], resumed, strict=True):
        assert same(one.state, other.state)
        assert one.outcome == other.outcome
        assert one.n_passes == other.n_passes


def test_the_lower_bound_never_falls_from_half_step_to_half_step(name):
    if not ALGORITHMS[name].bound_rises:
        pytest.skip("it does not promise to")
    made = list(islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 100))
    for last, now in pairwise(made):
        if not now.note:
            assert last.bound_after_e - 1e-9 <= now.bound_after_m <= now.bound_after_e + 1e-9


def test_the_lower_bound_is_never_above_the_log_likelihood(name):
    for one in islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 60):
        assert one.bound_after_e <= one.log_likelihood + 1e-9
        assert not one.bound_after_m > one.log_likelihood + 1e-9


def test_the_log_likelihood_is_that_of_the_parameters_beside_it(name):
    rows = data(drawn(500))
    for one in islice(run(rows, FitOptions(n_components=3, algorithm=name), START), 20):
        assert one.log_likelihood == pytest.approx(one.mixture.log_density(rows.column).sum(), rel=1e-12)


def test_it_reaches_the_optimum_that_em_reaches(name):
    if not ALGORITHMS[name].judged:
        pytest.skip("its fixed point is another")
    rows = data(drawn(500))
    best, _ = fit(rows, FitOptions(n_components=3), START)
    result, _ = fit(rows, FitOptions(n_components=3, algorithm=name), START)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(best.log_likelihood, abs=3e-6)


def test_passes_and_seconds_add_up(name):
    made = list(islice(run(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START), 6))
    assert made[0].n_passes == 0
    assert (np.diff([iteration.n_passes for iteration in made]) == [one.state.n_passes for one in made[1:]]).all()
    seconds = [iteration.seconds for iteration in made]
    assert seconds[0] > 0, "the E step of the start takes time too"
    assert (np.diff(seconds) > 0).all()


def test_the_size_of_blocks_changes_nothing_but_rounding(name):
    rows = data(drawn(500), rng(1).integers(1, 4, 500))
    for rest in (None, 500):
        small, large = (walk(name, Problem(rows, block_rows=size), START, 12) for size in (37, rest))
        for one, other in zip(small, large, strict=True):
            np.testing.assert_allclose(numbers(one.mixture), numbers(other.mixture), rtol=1e-8)
            np.testing.assert_allclose(one.statistics.counts, other.statistics.counts, rtol=1e-8)
            assert one.statistics.log_likelihood == pytest.approx(other.statistics.log_likelihood, rel=1e-10)
            assert lower_bound(one.mixture, one.statistics) == pytest.approx(
                lower_bound(other.mixture, other.statistics), rel=1e-10
            )


def twenty_abreast():
    """Rows with counts, and as many rows without: in both a row is at the same place modulo 20."""
    values = drawn(200).reshape(10, 20)
    counts = np.stack(
        [np.random.default_rng(seed).permutation([1, 1, 1, 1, 2, 2, 2, 3, 4, 5]) for seed in range(20)], 1
    )
    repeated = np.stack([np.repeat(values[:, place], counts[:, place]) for place in range(20)], axis=1)
    return data(values.ravel(), counts.ravel()), data(repeated.ravel())


def test_a_row_with_a_count_is_as_many_rows(name):
    if is_random(name):
        pytest.skip("other draws are made")
    counted, repeated = twenty_abreast()
    assert counted.n_samples == len(repeated) == 440
    runs = (walk(name, Problem(rows), START, 12) for rows in (counted, repeated))
    for one, other in zip(*runs, strict=True):
        np.testing.assert_allclose(numbers(one.mixture), numbers(other.mixture), rtol=1e-7)
        np.testing.assert_allclose(one.statistics.counts, other.statistics.counts, rtol=1e-7)
        assert one.statistics.n == pytest.approx(440)
        assert one.statistics.log_likelihood == pytest.approx(other.statistics.log_likelihood, rel=1e-9)
        assert one.statistics.entropy == pytest.approx(other.statistics.entropy, rel=1e-7)


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_weights_that_are_all_the_same_change_no_parameter(name, weight):
    if is_random(name) and weight == 1.0:
        pytest.skip("a row of count 1 is drawn in another way than a row")
    values = drawn(500)
    plain, weighted = (
        walk(name, Problem(data(values, counts)), START, 12)
        for counts in (np.full(500, 0.5) if is_random(name) else None, np.full(500, weight))
    )
    for one, other in zip(plain, weighted, strict=True):
        np.testing.assert_allclose(numbers(one.mixture), numbers(other.mixture), rtol=1e-8)


def problem_and_start(kind):
    """Rows drawn from two components that make sense for a family, and a start some way off."""
    setting = Setting(trials=12, n_features=2 if kind == "gaussian, two columns" else 1)
    family = make_family(kind.partition(",")[0], setting)
    if kind == "linkage":
        return Data(np.array([1.0, 2, 3, 4]), ("class",), counts=np.array([125.0, 18, 20, 34])), Mixture(
            family, *family.own_start()
        )
    if setting.n_features == 2:
        draws = rng(0)
        values = np.concatenate([draws.normal(0, 1, (120, 2)), draws.normal(2.5, 1, (180, 2)) @ [[1, 0.5], [0, 1]]])
        start = {"mean": np.array([[0.5, 0], [2, 2.5]]), "covariance": np.stack([np.eye(2), np.eye(2)])}
        return Data(values, ("x", "y")), Mixture(family, np.array([0.5, 0.5]), start)
    low, high = np.array(0.5), np.array(12.0)
    k = kind.count("+") + 1 if "+" in kind else 2
    weights, sds = np.full(k, 1 / k), np.linspace(1.0, 1.4, k)
    truth = Mixture(family, weights, family.resembling(weights, np.linspace(3.0, 8.0, k), sds, low, high))
    values = truth.sample(300, rng(4))[0]
    parameters = family.resembling(weights, np.linspace(4.0, 7.5, k), 1.3 * sds, values.min(), values.max())
    return data(values), Mixture(family, weights, parameters)


@pytest.mark.parametrize("kind", [*FAMILIES, "gaussian+gaussian+uniform", "gaussian, two columns", "linkage"])
def test_it_keeps_its_promises_whatever_the_family(name, kind):
    rows, start = problem_and_start(kind)
    first = last = None
    for one in islice(run(rows, FitOptions(start.n_components, algorithm=name), start), 12):
        values = rows.values if rows.n_features > 1 else rows.column
        log_densities = one.mixture.checked().log_density(values)
        exact = float(log_densities.sum() if rows.counts is None else log_densities @ rows.counts)
        assert one.log_likelihood == pytest.approx(exact, rel=1e-11)
        assert one.mixture.weights.sum() == pytest.approx(1, rel=1e-12)
        assert one.bound_after_e <= exact + 1e-8
        assert not one.bound_after_m > exact + 1e-8
        if last is not None and ALGORITHMS[name].monotone:
            assert exact >= last.log_likelihood - 1e-8
        if last is not None and ALGORITHMS[name].bound_rises and not one.note:
            assert last.bound_after_e - 1e-8 <= one.bound_after_m <= one.bound_after_e + 1e-8
        first, last = first or one, one
    climbs = ALGORITHMS[name].monotone or ALGORITHMS[name].bound_rises
    if ALGORITHMS[name].judged and climbs and last.state.settled and kind != "uniform":
        assert last.log_likelihood > first.log_likelihood


def test_one_that_is_not_judged_ends_itself_with_a_sentence_and_says_nothing_of_what_is_still_to_be_gained(name):
    if ALGORITHMS[name].judged:
        pytest.skip("a rule ends it")
    result, _ = fit(data(drawn(500)), FitOptions(n_components=3, algorithm=name), START)
    assert result.outcome.status == ("converged" if ALGORITHMS[name].converges else "max-iterations")
    assert result.outcome.message.endswith(".")
    assert result.outcome.expected_gain is None


def test_every_option_says_what_it_is_and_what_it_may_be(name):
    for option in fields(ALGORITHMS[name]):
        assert option.metadata["label"]
        assert option.metadata["help"]
        if "range" in option.metadata:
            low, high = option.metadata["range"]
            for allowed in (low, high):
                ALGORITHMS[name](**{option.name: allowed})
            for outside in (low - 1, high + 1):
                with pytest.raises(InputError, match=option.name.replace("_", "-")):
                    ALGORITHMS[name](**{option.name: outside})
        else:
            assert option.metadata["choices"]


def test_only_one_that_wanders_says_where_it_was_best(name):
    state = list(walk(name, Problem(data(drawn(500))), START, 3))[-1]
    visited = ALGORITHMS[name]().best_visited(state)
    assert visited is None or not ALGORITHMS[name].monotone


def test_a_variant_that_does_not_say_that_it_draws_does_not(name):
    assert ALGORITHMS[name].draws or not is_random(name)
