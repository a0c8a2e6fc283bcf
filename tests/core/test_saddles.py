"""Components that coincide: EM alone would stay there for ever and call it converged."""

import numpy as np
import pytest
from cases import data, drawn, mixture

from core import FitOptions, Mixture, fit
from core.families import make_family
from core.families.family import Setting
from core.saddle import superfluous


@pytest.mark.parametrize("n", [300, 2000])
@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_identical_components_leave_the_saddle_or_are_called_superfluous(n, covariance):
    rows = data(drawn(n, 4, (1.0,), (0.0,), (1.0,)))
    identical = mixture([0.5, 0.5], [0.0, 0.0], [1.0, 1.0], covariance)
    options = FitOptions(covariance=covariance, max_iterations=100_000)
    result, history = fit(rows, options, identical)
    assert result.outcome.status == "converged"
    assert (np.diff(history.scalar("log_likelihood")) >= -1e-9 * n).all()
    if history.notes:
        assert result.expected_gain is not None
    else:
        assert result.outcome.message.endswith("components 1 and 2 coincide, so one is superfluous.")
        assert result.expected_gain is None
        assert result.bic is not None


def test_a_symmetric_start_leaves_the_saddle_of_symmetric_data():
    half = drawn(300, 1, (1.0,), (2.0,), (0.5,))
    rows = data(np.r_[half, -half])
    result, history = fit(rows, FitOptions(), mixture([0.5, 0.5], [0.0, 0.0], [1.0, 3.0]))
    assert history.notes
    assert sorted(np.round(result.mixture.parameters["mean"], 1)) == [-2.0, 2.0]


def test_a_third_component_on_top_of_another_is_parted_from_it():
    rows = data(drawn(600))
    result, history = fit(rows, FitOptions(n_components=3), mixture([0.3, 0.35, 0.35], [-2, 2, 2], [1, 2, 2]))
    two, _ = fit(rows, FitOptions(n_components=2), mixture([0.3, 0.7], [-2, 2], [1, 2]))
    assert history.notes
    assert result.log_likelihood > two.log_likelihood + 1.0


def test_the_iteration_off_a_saddle_is_recorded_with_its_gain():
    half = drawn(300, 1, (1.0,), (2.0,), (0.5,))
    _, history = fit(data(np.r_[half, -half]), FitOptions(), mixture([0.5, 0.5], [0.0, 0.0], [2.0, 2.0]))
    number, note = next(iter(history.notes.items()))
    climbed = history.scalar("log_likelihood")
    assert note.startswith("stepped off a saddle of the log-likelihood and gained ")
    assert float(note.rsplit(" ", 1)[1]) == pytest.approx(climbed[number] - climbed[number - 1], rel=0.06)


def test_two_components_are_called_superfluous_only_where_they_coincide():
    assert "components 2 and 3 coincide" in superfluous(mixture([0.2, 0.4, 0.4], [0, 5, 5.001], [1, 1, 1]))
    assert "coincide" not in superfluous(mixture([0.2, 0.8], [0, 5], [1, 1]))
    assert "coincide" not in superfluous(mixture([1.0], [0.0], [1.0]))


@pytest.mark.parametrize(
    ("family", "parameters", "coincide"),
    [
        ("poisson", {"rate": [2.0, 2.01]}, True),
        ("poisson", {"rate": [0.0, 0.0]}, True),
        ("poisson", {"rate": [2.0, 3.0]}, False),
        ("gamma", {"shape": [2.0, 8.0], "scale": [4.0, 1.0]}, False),
        ("gamma", {"shape": [2.0, 2.001], "scale": [4.0, 4.0]}, True),
        ("gaussian+uniform", {"mean": [1, np.nan], "sd": [1, np.nan], "low": [np.nan, 0], "high": [np.nan, 2]}, False),
    ],
)
def test_components_of_any_family_coincide_where_all_their_parameters_do(family, parameters, coincide):
    made = Mixture(
        make_family(family, Setting()),
        np.array([0.5, 0.5]),
        {name: np.array(values, dtype=float) for name, values in parameters.items()},
    )
    assert ("components 1 and 2 coincide" in superfluous(made)) == coincide
