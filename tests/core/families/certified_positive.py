"""Fits of families of positive numbers that others have certified, and how a fit of ours is held to them."""

import json
from pathlib import Path

import numpy as np
import pytest
from cases import column, data

from core import FitOptions, fit

FITS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["fits"]


def floats(texts):
    return np.array([float(text) for text in texts])


def certified(family):
    """Marks a test that takes `entry`, each certified fit of a family."""
    return pytest.mark.parametrize(
        "entry", [entry for entry in FITS if entry["family"] == family], ids=lambda entry: entry["id"]
    )


def rows_of(entry):
    return data(entry["values"] if "values" in entry else column(entry["file"], entry["column"]))


def assert_certified(entry, **told):
    """Fits as a person would, with a few restarts. told: parameters as the certificate tells them, from ours."""
    options = FitOptions(n_components=entry["n_components"], family=entry["family"], restarts=3)
    result, history = fit(rows_of(entry), options)
    assert result.outcome.status == "converged"
    assert result.log_likelihood == pytest.approx(float(entry["log_likelihood"]), rel=0, abs=5e-6)
    assert result.aic == pytest.approx(float(entry["aic"]), rel=0, abs=1e-5)
    assert result.bic == pytest.approx(float(entry["bic"]), rel=0, abs=1e-5)
    mixture = result.mixture.sorted()
    errors = entry["standard_errors"]
    if entry["n_components"] > 1:
        assert (np.abs(mixture.weights - floats(entry["weights"])) <= 0.01 * np.array(errors["weights"])).all()
    for key, expected in entry["parameters"].items():
        found = told[key](mixture.parameters) if key in told else mixture.parameters[key]
        assert (np.abs(found - floats(expected)) <= 0.01 * np.array(errors[key])).all(), key
    rises = np.diff(history.scalar("log_likelihood"))
    assert (rises >= -1e-12 * abs(result.log_likelihood)).all()
