"""Data drawn anew have the form of those they stand for, and scatter as they should."""

import numpy as np
import pytest
from cases import mixture
from scipy import stats

from core import Data
from core.errors import InputError
from core.families import make_family
from core.families.family import Setting
from core.mixture import Mixture
from core.roles import Form, Roles
from core.seeing import as_seen
from core.sureness.resampling import drawn, usual, why_not

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


def test_where_rows_cannot_be_drawn_from_the_model_it_is_said_what_can_be_done():
    codes = np.repeat([0.0, 1.0], 50)
    labelled = Data(np.arange(100.0), ("x",), seen=codes[:, np.newaxis], form=Form(labels=("a", "b")))
    assert why_not("parametric", labelled, as_seen(labelled, TRUTH)).endswith("Choose cases in place of parametric.")
    assert drawn("cases", labelled, as_seen(labelled, TRUTH), rng()).form == labelled.form
    weighted = Data(np.arange(100.0), ("x",), counts=np.full(100, 1.0), roles=Roles(weights="w"))
    with pytest.raises(InputError, match="Choose weighted in place of parametric"):
        drawn("parametric", weighted, TRUTH, rng())


def test_whole_numbers_are_drawn_as_counts():
    poisson = Mixture(make_family("poisson", Setting()), np.array([0.5, 0.5]), {"rate": np.array([2.0, 9.0])})
    data = Data(np.arange(6.0), ("x",), counts=np.full(6, 100.0), roles=Roles(counts="n"))
    made = drawn("parametric", data, poisson, rng())
    assert made.n_samples == 600.0
    assert len(made) < 40
