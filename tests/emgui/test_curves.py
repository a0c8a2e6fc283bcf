"""Curves as they are drawn: edges, tails, whole numbers, and who holds what."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import Array, Data
from core.families import FAMILIES, make_family
from core.families.family import Setting
from core.mixture import Mixture
from core.scale import Scale
from core.whole_numbers import Cells, whole_bins
from emgui.panels.curves import FAR, densities, posteriors
from emgui.sharing import WINNER, Sharing

PLAIN = Scale(0.0, 0.5)


def one(family: str, **parameters: float) -> Mixture:
    arrays = {name: np.array([value]) for name, value in parameters.items()}
    return Mixture(make_family(family, Setting(trials=12)), np.array([1.0]), arrays)


def drawn(mixture: Mixture, left: float, right: float, factor: float = 0.0) -> tuple[Array, Array]:
    """The part of the only component's line that is drawn."""
    curves = densities(mixture, PLAIN, left, right, factor)
    there = np.isfinite(curves.components[0])
    return curves.x[there], curves.components[0][there]


def test_an_exponential_goes_straight_up_where_it_begins() -> None:
    x, y = drawn(one("exponential", rate=1.0), -1.0, 8.0)
    assert (x[0], y[0]) == (pytest.approx(0.0, abs=1e-12), 0.0)
    assert (x[1], y[1]) == (pytest.approx(0.0, abs=1e-12), pytest.approx(1.0))


def test_a_uniform_has_corners_at_both_ends() -> None:
    x, y = drawn(one("uniform", low=1.0, high=3.0), -1.0, 8.0)
    np.testing.assert_allclose(x[[0, 1, -2, -1]], [1.0, 1.0, 3.0, 3.0], atol=1e-12)
    np.testing.assert_allclose(y[[0, 1, -2, -1]], [0.0, 0.5, 0.5, 0.0])
    np.testing.assert_allclose(y[1:-1], 0.5)


def test_heavy_tails_are_drawn_as_far_as_they_can_be_seen() -> None:
    normal, _ = drawn(one("gaussian", mean=0.0, sd=1.0), -100.0, 100.0)
    heavy, _ = drawn(one("student_t", location=0.0, scale=1.0, degrees_of_freedom=1.0), -100.0, 100.0)
    assert np.abs(normal).max() == pytest.approx(3.5, abs=0.1)
    assert np.abs(heavy).max() == pytest.approx(21.4, abs=1.0)  # where 1 / (1 + x²) is as low as exp(−3.5² / 2)


def test_a_density_without_end_is_cut_off_and_keeps_its_foot() -> None:
    x, y = drawn(one("weibull", shape=0.5, scale=1.0), -1.0, 8.0)
    assert y.max() == pytest.approx(FAR)
    assert x.max() > 6.0


def test_curves_are_as_high_as_the_density_wherever_they_are_drawn() -> None:
    for name in ("lognormal", "gamma", "weibull"):
        family = FAMILIES[name](Setting())
        mixture = Mixture(family, np.array([1.0]), {key: np.array([1.5]) for key in family.parameter_names})
        x, y = drawn(mixture, -1.0, 8.0)
        np.testing.assert_allclose(y, np.exp(mixture.log_density(x)), rtol=1e-9, atol=1e-300)


def test_whole_numbers_have_bins_of_their_own_centred_on_them() -> None:
    edges = whole_bins(Data(np.array([0.0, 3.0, 7.0]), ("x",)))
    assert edges is not None
    np.testing.assert_array_equal(edges, np.arange(-0.5, 8.0))


def test_many_whole_numbers_share_bins_of_equally_many() -> None:
    edges = whole_bins(Data(np.array([3.0, 996.0]), ("x",)))
    assert edges is not None
    np.testing.assert_array_equal(np.unique(np.diff(edges)), [20.0])
    assert edges[0] == -0.5
    assert edges[-1] >= 996.0


def test_a_poisson_is_drawn_as_steps_of_its_probabilities() -> None:
    mixture = one("poisson", rate=2.0)
    curves = densities(mixture, PLAIN, -0.5, 6.5, 0.0, Cells(-0.5, 1.0))
    expected = np.exp(-2.0) * np.array([1.0, 2.0, 2.0, 4 / 3, 2 / 3, 4 / 15, 4 / 45])
    np.testing.assert_allclose(curves.x[::2], np.arange(-0.5, 6.5))
    np.testing.assert_allclose(curves.mixture[::2], expected)
    np.testing.assert_allclose(curves.mixture[1::2], expected)


def test_groups_of_whole_numbers_have_the_probability_of_all_of_them() -> None:
    mixture, edges = one("binomial", probability=0.3), np.array([-0.5, 4.5, 9.5, 14.5])
    single = np.exp(Cells(-0.5, 1.0).joint(mixture, np.arange(-0.5, 15.0))[0])
    np.testing.assert_allclose(np.exp(Cells(-0.5, 5.0).joint(mixture, edges)[0]), single.reshape(3, 5).sum(axis=1))


def two(distance: float = 4.0) -> Mixture:
    parameters = {"mean": np.array([0.0, distance]), "sd": np.array([1.0, 1.0])}
    return Mixture(make_family("gaussian", Setting()), np.array([0.5, 0.5]), parameters)


def test_when_the_winner_takes_all_the_posterior_is_a_step() -> None:
    x, shares = posteriors(Sharing(two(), WINNER), PLAIN, -4.0, 8.0)
    assert set(np.unique(shares[np.isfinite(shares)])) == {0.0, 1.0}
    assert x[shares[0] == 1.0].max() == pytest.approx(2.0, abs=0.01)


def test_a_temperature_evens_out_who_holds_what() -> None:
    values = np.array([1.0])
    plain = Sharing(two()).responsibilities(values)[:, 0]
    warm = Sharing(two(), 2.0).responsibilities(values)[:, 0]
    np.testing.assert_allclose(warm, np.sqrt(plain) / np.sqrt(plain).sum())
    np.testing.assert_allclose(plain, two().responsibilities(values)[:, 0])


def test_where_no_component_can_be_nobody_holds_anything() -> None:
    mixture = one("uniform", low=0.0, high=1.0)
    for temperature in (WINNER, 1.0, 3.0):
        assert np.isnan(Sharing(mixture, temperature).responsibilities(np.array([2.0]))).all()
