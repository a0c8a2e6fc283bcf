"""Data drawn anew have the form of those they stand for, and scatter as they should."""

import numpy as np
import pytest
from cases import mixture
from scipy import stats

from core import Data, FitOptions, fit
from core.data import Levels
from core.errors import InputError
from core.families import make_family
from core.families.family import Setting
from core.mixture import Mixture
from core.resampling import drawn, usual, why_not
from core.roles import Form, Roles
from core.seeing import as_seen

TRUTH = mixture([0.4, 0.6], [0.0, 4.0], [1.0, 1.5])


def rng(seed=1):
    return np.random.default_rng(seed)


def test_counts_of_rows_stay_whole_and_add_up_as_before():
    data = Data(np.arange(5.0), ("x",), counts=np.array([3.0, 1.0, 0.0, 9.0, 2.0]), roles=Roles(counts="n"))
    made = drawn("cases", data, TRUTH, rng())
    assert made.n_samples == 15.0
    assert (made.counts == np.floor(made.counts)).all()
    assert usual(data) == "cases"
    assert drawn("weighted", data, TRUTH, rng()).n_samples == pytest.approx(15.0)


def test_random_weights_have_the_mean_and_variance_of_draws_with_replacement():
    data = Data(np.arange(400.0), ("x",))
    weights = np.concatenate([drawn("weighted", data, TRUTH, rng(seed)).counts for seed in range(20)])
    assert weights.mean() == pytest.approx(1.0)
    assert weights.var() == pytest.approx(1.0, abs=0.1)
    counted = Data(np.arange(400.0), ("x",), counts=np.full(400, 4.0))
    of_counts = np.concatenate([drawn("weighted", counted, TRUTH, rng(seed)).counts for seed in range(20)])
    assert of_counts.var() == pytest.approx(4.0, abs=0.4)


def test_values_come_from_the_mixture():
    data = Data(np.zeros(3000), ("x",))
    made = drawn("parametric", data, TRUTH, rng())
    assert stats.kstest(made.column, TRUTH.cdf).pvalue > 0.01


def test_values_outside_of_what_could_be_recorded_are_drawn_again():
    data = Data(np.linspace(0.6, 4.9, 2000), ("x",), form=Form(truncate=(0.5, 5.0)))
    made = drawn("parametric", data, as_seen(data, TRUTH), rng())
    assert len(made) == 2000
    assert made.form == data.form
    low, high = TRUTH.cdf(np.array([0.5, 5.0]))
    assert stats.kstest(made.column, lambda x: (TRUTH.cdf(x) - low) / (high - low)).pvalue > 0.01


def test_where_hardly_anything_could_be_recorded_it_is_said():
    data = Data(np.linspace(30.5, 31.0, 50), ("x",), form=Form(truncate=(30.0, 40.0)))
    far = mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    with pytest.raises(InputError, match="hardly any value"):
        drawn("parametric", data, as_seen(data, far), rng())


def test_errors_of_rows_are_added_to_what_is_drawn():
    errors = np.repeat([0.0, 20.0], 1000)
    data = Data(np.zeros(2000), ("x",), seen=errors[:, np.newaxis], form=Form(errors=True))
    made = drawn("parametric", data, as_seen(data, TRUTH), rng())
    assert (made.seen[:, 0] == errors).all()
    assert made.column[:1000].std() == pytest.approx(2.36, rel=0.1)
    assert made.column[1000:].std() == pytest.approx(20.1, rel=0.1)


def test_rows_with_labels_are_labelled_by_what_was_drawn():
    codes = np.repeat([0.0, 1.0, -1.0], 700)
    levels = Levels(("a", "b"), codes.astype(np.int32))
    data = Data(np.zeros(2100), ("x",), seen=codes[:, np.newaxis], form=Form(labels=("a", "b")), labels=levels)
    made = drawn("parametric", data, as_seen(data, TRUTH), rng())
    said = made.seen[:, 0]
    assert ((said >= 0) == (codes >= 0)).all()
    assert (said[:1400] == 0).mean() == pytest.approx(0.4, abs=0.05)
    assert made.column[said == 0].mean() == pytest.approx(0.0, abs=0.2)
    assert made.column[said == 1].mean() == pytest.approx(4.0, abs=0.2)
    three = mixture([0.3, 0.3, 0.4], [0.0, 4.0, 8.0], [1.0, 1.0, 1.0])
    assert "Only some components have a label" in why_not("parametric", data, as_seen(data, three))


def test_rows_of_a_group_come_from_its_own_weights():
    x = np.concatenate([rng().normal(0, 1, 900), rng(2).normal(6, 1, 100), rng(3).normal(6, 1, 500)])
    codes = np.repeat([0.0, 1.0], [1000, 500])
    form = Form(groups=("a", "b"), group_shares=(2 / 3, 1 / 3))
    data = Data(x, ("x",), seen=codes[:, np.newaxis], form=form, groups=Levels(("a", "b"), codes.astype(np.int32)))
    found, _ = fit(data, FitOptions())
    made = drawn("parametric", data, found.mixture, rng(4))
    assert (made.seen[:, 0] == codes).all()
    assert (made.column[:1000] > 3).mean() == pytest.approx(0.1, abs=0.03)
    assert (made.column[1000:] > 3).mean() > 0.99


def test_bins_are_filled_by_their_probabilities():
    edges = np.concatenate([[-np.inf], np.arange(-3.0, 10.0), [np.inf]])
    ends = np.stack([edges[:-1], edges[1:]], axis=1)
    stand_in = np.clip(ends, -4.0, 10.0).mean(axis=1)
    form = Form(intervals=True, all_hidden=True)
    data = Data(stand_in, ("x",), counts=np.full(len(ends), 500.0), seen=ends, form=form)
    made = drawn("parametric", data, as_seen(data, TRUTH), rng())
    assert made.n_samples == data.n_samples
    expected = np.diff(TRUTH.cdf(edges[1:-1])) * data.n_samples
    inner = np.isfinite(made.seen).all(axis=1)
    assert made.counts[inner] == pytest.approx(expected, abs=5 * np.sqrt(expected.max()))
    gap = Data(stand_in[2:], ("x",), counts=np.full(len(ends) - 2, 500.0), seen=ends[2:], form=form)
    assert "leave gaps" in why_not("parametric", gap, as_seen(gap, TRUTH))


def test_values_beyond_one_limit_are_censored_again_and_those_beyond_many_cannot_be_drawn():
    x, _ = TRUTH.sample(1000, rng())
    seen = np.minimum(x, 4.0)
    ends = np.stack([seen, np.where(x > 4.0, np.inf, seen)], axis=1)
    data = Data(seen, ("x",), seen=ends, form=Form(intervals=True))
    made = drawn("parametric", data, as_seen(data, TRUTH), rng(2))
    assert made.column.max() == 4.0
    assert np.isinf(made.seen[:, 1]).mean() == pytest.approx(0.3, abs=0.05)
    limits = rng(3).uniform(2.0, 6.0, 1000)
    seen = np.minimum(x, limits)
    ends = np.stack([seen, np.where(x > limits, np.inf, seen)], axis=1)
    many = Data(seen, ("x",), seen=ends, form=Form(intervals=True))
    assert "censored at different values" in why_not("parametric", many, as_seen(many, TRUTH))


def test_whole_numbers_are_drawn_as_counts():
    poisson = Mixture(make_family("poisson", Setting()), np.array([0.5, 0.5]), {"rate": np.array([2.0, 9.0])})
    data = Data(np.arange(6.0), ("x",), counts=np.full(6, 100.0), roles=Roles(counts="n"))
    made = drawn("parametric", data, poisson, rng())
    assert made.n_samples == 600.0
    assert len(made) < 40
