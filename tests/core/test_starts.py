"""What every start promises, whichever it is."""

import numpy as np
import pytest
from cases import data, drawn, numbers

from core import Data
from core.families import make_family
from core.families.family import Setting
from core.start import STARTS, scattered

MAKERS = {
    **STARTS,
    "spread out": lambda *args: scattered(*args, spread_out=True),
    "scattered": lambda *args: scattered(*args, spread_out=False),
}
ROWS = {
    "ordinary": data(drawn(400)),
    "offset 1e9": data(drawn(400) + 1e9),
    "scale 1e200": data(drawn(400) * 1e200),
    "scale 1e-200": data(drawn(400) * 1e-200),
    "counts": data(np.arange(30.0), np.r_[np.zeros(5), np.arange(25.0)]),
    "ties": data(np.round(drawn(400))),
    "three values": data(np.repeat([1.0, 2.0, 5.0], [50, 40, 3])),
    "two rows": data([1.0, 2.0]),
    "an outlier": data(np.r_[drawn(400), 1e12]),
    "heavy tails": data(np.random.default_rng(2).standard_cauchy(2000)),
}

pytestmark = pytest.mark.parametrize("name", list(MAKERS))


@pytest.mark.parametrize("covariance", ["full", "tied"])
@pytest.mark.parametrize("k", [1, 2, 5, 50])
@pytest.mark.parametrize("rows", list(ROWS))
def test_a_start_is_a_mixture_sorted_by_mean(name, rows, k, covariance):
    made = MAKERS[name](ROWS[rows], make_family("gaussian", Setting(covariance)), k, np.random.default_rng(0))
    assert made.checked().n_components == k
    assert made.ids == tuple(range(1, k + 1))
    assert made.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (made.weights > 0).all()
    assert (np.diff(made.parameters["mean"]) >= 0).all()
    if name != "uniform":
        slack = 1e-9 * (ROWS[rows].sd[0] + abs(ROWS[rows].mean[0]))
        assert (made.parameters["mean"] >= ROWS[rows].minimum[0] - slack).all()
        assert (made.parameters["mean"] <= ROWS[rows].maximum[0] + slack).all()


def test_the_same_seed_gives_the_same_start(name):
    def make(seed):
        return numbers(
            MAKERS[name](ROWS["ordinary"], make_family("gaussian", Setting("full")), 4, np.random.default_rng(seed))
        )

    np.testing.assert_array_equal(make(3), make(3))
    if name not in ("quantiles", "kmeans"):
        assert (make(3) != make(4)).any()


def test_a_start_from_data_moves_and_stretches_with_them(name):
    if name == "uniform":
        pytest.skip("it does not look at the data")
    rows, family = np.round(drawn(400) * 2**20) / 2**20, make_family("gaussian", Setting("full"))
    here = MAKERS[name](data(rows), family, 3, np.random.default_rng(1))
    there = MAKERS[name](data((rows + 1e6) * 2.0**40), family, 3, np.random.default_rng(1))
    np.testing.assert_allclose(there.parameters["mean"] / 2.0**40 - 1e6, here.parameters["mean"], atol=1e-8)
    np.testing.assert_allclose(there.parameters["sd"] / 2.0**40, here.parameters["sd"], rtol=1e-8)


def test_a_large_file_is_looked_at_in_part(name):
    rows = data(np.sort(drawn(250_000)))
    made = MAKERS[name](rows, make_family("gaussian", Setting("full")), 3, np.random.default_rng(1))
    assert made.checked()
    if name in ("kmeans", "quantiles"):
        assert made.parameters["mean"][0] < -1.0
        assert made.parameters["mean"][2] > 2.0, "the part must be of the whole, also when the file is sorted"


SEVERAL = Data(np.random.default_rng(3).normal(size=(300, 3)) * [1e-12, 1.0, 1e12] + [0.0, 1e6, 0.0], ("a", "b", "c"))


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_several_columns_have_starts_in_their_own_units(name, k, covariance):
    family = make_family("gaussian", Setting(covariance, None, 3))
    made = MAKERS[name](SEVERAL, family, k, np.random.default_rng(0)).checked()
    assert made.n_components == k
    assert (np.diff(made.parameters["mean"][:, 0]) >= 0).all()
    if name != "uniform":
        slack = 1e-9 * (SEVERAL.sd + np.abs(SEVERAL.mean))
        assert (made.parameters["mean"] >= SEVERAL.minimum - slack).all()
        assert (made.parameters["mean"] <= SEVERAL.maximum + slack).all()
        if covariance in ("full", "diag"):
            sds = np.sqrt(np.einsum("kii->ki", made.parameters["covariance"])) / SEVERAL.sd
            assert ((sds > 0.05) & (sds < 1.1)).all()


@pytest.mark.parametrize("family", ["gaussian+uniform", "uniform+gaussian+gaussian", "gamma+exponential", "uniform"])
def test_a_background_begins_light_and_everywhere_and_the_others_have_the_clusters(name, family):
    k = max(2, family.count("+") + 1)
    rows = data(np.abs(drawn(400)))
    made = MAKERS[name](rows, make_family(family, Setting()), k, np.random.default_rng(0)).checked()
    noise = np.broadcast_to(made.family.noise, k)
    if family != "uniform":
        assert sorted(made.family.of_components) == sorted(family.split("+"))
        assert made.weights[noise].sum() == pytest.approx(0.1 if noise.any() else 0.0)
    if noise.any():
        np.testing.assert_array_equal(made.parameters["low"][noise], rows.minimum[0])
        np.testing.assert_array_equal(made.parameters["high"][noise], rows.maximum[0])
