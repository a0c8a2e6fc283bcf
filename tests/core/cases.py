"""Data and mixtures that several tests need."""

from pathlib import Path

import numpy as np

from core import Data, Mixture
from core.families import make_family
from core.families.family import Setting

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"


def column(file, name):
    path = SAMPLES / file
    place = path.read_text(encoding="utf-8").splitlines()[0].split(",").index(name)
    return np.loadtxt(path, delimiter=",", skiprows=1, usecols=place)


def data(values, counts=None):
    values = np.asarray(values, dtype=float)
    return Data(values, ("x",), counts=None if counts is None else np.asarray(counts, dtype=float))


def mixture(weights, means, sds, covariance="full"):
    parameters = {"mean": np.array(means, dtype=float), "sd": np.array(sds, dtype=float)}
    return Mixture(make_family("gaussian", Setting(covariance)), np.array(weights, dtype=float), parameters)


def drawn(n, seed=0, weights=(0.3, 0.5, 0.2), means=(-2.0, 0.8, 3.5), sds=(0.8, 1.0, 0.6)):
    return mixture(weights, means, sds).sample(n, np.random.default_rng(seed))[0]


def numbers(mixture):
    """All parameters in one row, the weights first."""
    return np.concatenate([mixture.weights, *mixture.parameters.values()])
