"""Numbers inside sentences are short, and what they say is true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wording import about, at_most, exactly


@pytest.mark.parametrize(
    ("value", "text"), [(7.5e-7, "8e-7"), (8e-7, "8e-7"), (8.01e-7, "9e-7"), (0.05, "0.05"), (123.0, "200"), (0.0, "0")]
)
def test_at_most_rounds_up_to_one_digit(value, text):
    assert at_most(value) == text


@given(st.floats(1e-300, 1e300))
def test_at_most_is_true(value):
    assert value <= float(at_most(value)) <= 2.0 * value * (1 + 1e-12)


@pytest.mark.parametrize(("value", "text"), [(340.2, "340"), (8.31e-7, "8.3e-7"), (0.0324, "0.032"), (1e7, "1e7")])
def test_about_has_two_digits(value, text):
    assert about(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exactly_reads_back_as_it_was(value):
    assert float(exactly(value)) == value


def test_exactly_has_no_digit_too_many():
    assert [exactly(value) for value in (54.0, 0.1, 1000000054.3, 1e-7)] == ["54", "0.1", "1000000054.3", "1e-7"]
