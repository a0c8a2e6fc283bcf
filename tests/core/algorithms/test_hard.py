"""Hard EM: the winner takes all."""

from itertools import islice

import numpy as np
import pytest
from cases import column, data, drawn, mixture, numbers

from core import FitOptions, Problem, fit
from core.algorithms.hard import Hard
from core.em import ended, run

HARD = FitOptions(algorithm="hard")


def test_it_makes_the_certified_iterates_on_old_faithful():
    # Two programs written for this agree, and no single cut of the sorted values has a higher final log-likelihood.
    rows = data(column("faithful.csv", "waiting"))
    made = list(ended(run(rows, HARD, mixture([0.5, 0.5], [50, 80], [10, 10]))))
    first, second = made[1:]
    certified = [0.35661764705882354, 0.64338235294117652, 54.391752577319586, 80.04571428571428]
    np.testing.assert_allclose(numbers(first.mixture), [*certified, 5.584508582116288, 5.850340300585348], rtol=1e-13)
    certified = [0.3639705882352941, 0.6360294117647058, 54.62626262626262, 80.20809248554913]
    np.testing.assert_allclose(numbers(second.mixture), [*certified, 5.764022617851898, 5.684635346295149], rtol=1e-13)
    assert first.bound_after_m == pytest.approx(-1039.122057724236, rel=1e-13)
    assert second.bound_after_m == pytest.approx(-1038.3387445504345, rel=1e-13)
    assert made[0].state.statistics.counts.tolist() == [97, 175]
    assert first.state.statistics.counts.tolist() == [99, 173]


def test_it_ends_when_no_row_changes_its_component_and_says_what_it_climbed():
    rows = data(column("faithful.csv", "waiting"))
    result, _ = fit(rows, HARD, mixture([0.5, 0.5], [50, 80], [10, 10]))
    assert result.outcome.status == "converged"
    assert result.outcome.expected_gain is None
    assert result.outcome.message == (
        "Converged after 2 iterations: no row changed its component; the classification log-likelihood is -1038.339."
    )


def test_past_its_end_nothing_changes():
    rows = data(drawn(300, seed=1))
    made = list(islice(run(rows, FitOptions(n_components=3, algorithm="hard"), START), 60))
    end = next(one.number for one in made if one.outcome)
    assert 2 < end < 59
    for one in made[end:]:
        np.testing.assert_allclose(numbers(one.mixture), numbers(made[end].mixture), rtol=1e-12)
        assert one.outcome.message.startswith("Converged")


START = mixture([0.4, 0.3, 0.3], [-1, 0, 2], [1, 1, 1])


def test_the_lower_bound_is_the_classification_log_likelihood():
    values = drawn(300)
    for one in islice(run(data(values), FitOptions(n_components=3, algorithm="hard"), START), 20):
        joint = one.mixture.joint(values)
        assert one.bound_after_e == pytest.approx(joint.max(axis=0).sum(), rel=1e-13)
        assert one.state.statistics.entropy == 0
        assert one.bound_after_e < one.log_likelihood


def test_of_equally_likely_components_the_first_wins():
    twins = mixture([0.25, 0.25, 0.5], [1, 1, -3], [1, 1, 1])
    state = Hard().init(Problem(data([0.9, 1.1, 1.2, -3, -4])), twins, np.random.default_rng(0))
    assert state.memory.tolist() == [0, 0, 0, 2, 2]


def test_a_component_without_rows_has_collapsed():
    result, _ = fit(data(drawn(300)), HARD, mixture([0.999, 0.001], [0, 0.1], [2, 2]))
    assert result.outcome.status == "degenerate"
    assert "no row belongs to it" in result.outcome.message
