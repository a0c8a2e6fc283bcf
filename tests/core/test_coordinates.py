"""Mixtures as vectors of dimensionless steps, and back."""

import numpy as np
import pytest
from cases import mixture
from hypothesis import given
from hypothesis import strategies as st

from core import Mixture
from core.coordinates import moved, owners, sound, steps
from core.families import make_family
from core.families.family import Setting

HERE = mixture([0.4, 0.3, 0.3], [-1.0, 0.0, 2.0], [1.0, 2.0, 0.5])
THERE = mixture([0.2, 0.7, 0.1], [-3.0, 0.5, 7.0], [0.1, 3.0, 0.6])


def close(one, other):
    np.testing.assert_allclose(one.weights, other.weights, rtol=1e-12)
    for name, values in one.parameters.items():
        np.testing.assert_allclose(values, other.parameters[name], rtol=1e-12, atol=1e-14)


def test_a_vector_leads_to_the_mixture_it_was_made_from():
    close(moved(HERE, steps(HERE, THERE)), THERE)
    assert not steps(HERE, HERE).any()


def test_its_entries_are_log_ratios_of_weights_then_sds_then_log_ratios_of_scales():
    expected = [*np.log(THERE.weights / HERE.weights), -2.0, 0.25, 10.0, *np.log([0.1, 1.5, 1.2])]
    np.testing.assert_allclose(steps(HERE, THERE), expected, rtol=1e-12)
    assert owners(HERE).tolist() == [0, 1, 2] * 3


@given(
    st.sampled_from([1.0, 1e-12, 1e12]),
    st.lists(st.floats(-3, 3), min_size=9, max_size=9),
)
def test_units_change_nothing(scale, entries):
    vector = np.array(entries)
    larger = mixture(HERE.weights, HERE.parameters["mean"] * scale, HERE.parameters["sd"] * scale)
    there, far = moved(HERE, vector), moved(larger, vector)
    np.testing.assert_allclose(far.parameters["mean"], there.parameters["mean"] * scale, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(steps(larger, far), steps(HERE, there), rtol=1e-7, atol=1e-9)
    assert far.weights.sum() == pytest.approx(1.0, rel=1e-12)


def test_a_weight_of_0_stays_0_and_leads_to_no_number_that_is_none():
    here = mixture([0.0, 0.6, 0.4], [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0])
    vector = steps(here, HERE)
    assert vector[0] == 0.0
    assert moved(here, np.full(9, 2.0)).weights[0] == 0.0
    assert np.isfinite(steps(HERE, here)).all()


def test_parameters_that_a_component_has_not_stay_so_and_take_no_step():
    family = make_family("gaussian+uniform", Setting())
    absent = np.nan

    def of(mean, sd, low, high):
        parameters = {"mean": [mean, absent], "sd": [sd, absent], "low": [absent, low], "high": [absent, high]}
        return Mixture(family, np.array([0.5, 0.5]), {name: np.array(pair) for name, pair in parameters.items()})

    here, there = of(0.0, 1.0, -5.0, 5.0), of(1.0, 2.0, -5.0, 6.0)
    vector = steps(here, there)
    assert np.isfinite(vector).all()
    np.testing.assert_equal(dict(moved(here, 0.0 * vector).parameters), dict(here.parameters))
    back = moved(here, vector)
    np.testing.assert_allclose(back.parameters["mean"], there.parameters["mean"])
    assert sound(back)


def test_several_columns_are_steps_too():
    family = make_family("gaussian", Setting(n_features=2))
    covariances = np.array([[[2.0, 0.5], [0.5, 1.0]], [[1.0, -0.2], [-0.2, 3.0]]])
    means = np.array([[0.0, 1.0], [2.0, 3.0]])
    here = Mixture(family, np.array([0.5, 0.5]), {"mean": means, "covariance": covariances})
    there = Mixture(family, np.array([0.3, 0.7]), {"mean": means + 0.3, "covariance": covariances[::-1] * 1.5})
    vector = steps(here, there)
    assert len(vector) == len(owners(here))
    np.testing.assert_allclose(
        moved(here, vector).parameters["covariance"], there.parameters["covariance"], rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(moved(here, vector).parameters["mean"], there.parameters["mean"], rtol=1e-12)


def test_where_steps_are_too_large_no_density_can_be_made():
    assert sound(moved(HERE, np.zeros(9)))
    assert not sound(moved(HERE, np.full(9, 1e4)))
    assert not sound(moved(HERE, np.full(9, -1e4)))
