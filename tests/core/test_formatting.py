"""Numbers as a person reads them."""

from __future__ import annotations

import math

import pytest

from core import formatting


def test_a_column_has_six_digits_of_its_largest_and_equal_decimals() -> None:
    assert formatting.column([54.6154133, 80.0914223]) == ["54.6154", "80.0914"]
    assert formatting.column([5.5, 100.25]) == ["5.500", "100.250"]
    assert formatting.column([0.3609028, 0.6390972]) == ["0.360903", "0.639097"]


def test_means_far_from_zero_still_tell_apart_what_the_sds_can() -> None:
    assert formatting.column([1_000_003.7772, 1_000_010.8123], finest=2.2) == ["1000003.8", "1000010.8"]
    assert formatting.column([54.6154, 80.0914], finest=5.8) == ["54.6154", "80.0914"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1e300, 2e300], ["1e300", "2e300"]),
        ([1.5e-200], ["1.5e−200"]),
        ([5.9, 1.5e-14], ["5.90000", "1.5e−14"]),
        ([0.0, 0.0], ["0", "0"]),
        ([math.nan], ["–"]),
        ([], []),
    ],
)
def test_very_large_and_small_numbers_are_powers_of_ten(values: list[float], expected: list[str]) -> None:
    assert formatting.column(values) == expected


def test_minus_is_a_true_minus() -> None:
    assert formatting.log_likelihood(-1034.00175) == "−1034.002"
    assert formatting.number(None, 3) == "–"
    assert formatting.criterion(math.nan) == "–"


@pytest.mark.parametrize("value", [1e-6, 0.25, 10_000.0, -3.5, 0.0, 1e-300])
def test_what_is_shown_short_is_read_back_the_same(value: float) -> None:
    assert formatting.parsed(formatting.short(value)) == value


@pytest.mark.parametrize("text", ["", "fast", "1_000", "1,5", "--2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        formatting.parsed(text)


def test_counts_part_their_thousands() -> None:
    assert formatting.count(10_000_000.0) == "10,000,000"
    assert formatting.count(12.5) == "12.500"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.42, "+0.42"), (-3.6653, "−3.67"), (0.0, "0"), (1.3e-5, "+1.3e−5"), (-2.5e-9, "−2.5e−9"),
        (120.0, "+120"), (99.96, "+100"), (1234567.0, "+1234567"), (3e8, "+3e8"),
    ],
)  # fmt: skip
def test_a_difference_has_its_sign_and_three_digits(value, text):
    assert formatting.difference(value) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.4204, 3, "+0.420"), (-12.084, 2, "−12.08"), (-0.0004, 3, "0.000"), (0.0, 0, "0"), (float("nan"), 2, "–")],
)
def test_a_signed_number_that_rounds_to_nothing_has_no_sign(value, decimals, text):
    assert formatting.signed(value, decimals) == text
