"""A constraint is the line a person writes, and says that line again."""

import pytest

from core import InputError
from core.constraints import Bound, Constraints, Fix, Floor, Order, Prior, Tie, parse

INF = float("inf")


@pytest.mark.parametrize(
    ("kind", "text", "constraint"),
    [
        ("fix", "mean[1]=55", Fix("mean", (1,), 55.0)),
        ("fix", "degrees_of_freedom=4", Fix("degrees_of_freedom", (), 4.0)),
        ("fix", "weight[2]=0.3", Fix("weight", (2,), 0.3)),
        ("tie", "sd", Tie("sd", ())),
        ("tie", "cv", Tie("cv", ())),
        ("tie", "mean[1,2]", Tie("mean", (1, 2))),
        ("bound", "sd[2]=0.1:5", Bound("sd", (2,), 0.1, 5.0)),
        ("bound", "sd=0.1:", Bound("sd", (), 0.1, INF)),
        ("bound", "mean[1]=:-1e-7", Bound("mean", (1,), -INF, -1e-7)),
        ("order", "mean", Order("mean", ())),
        ("floor", "sd=0.1", Floor("sd", (), 0.1)),
        ("prior", "weight=2", Prior("weight", (), 2.0)),
        ("prior", "sd=0.5:3", Prior("sd", (), 0.5, 3.0)),
    ],
)
def test_a_line_is_a_constraint_and_a_constraint_that_line(kind, text, constraint):
    assert parse(kind, text) == constraint
    assert (constraint.kind, constraint.text) == (kind, text)
    assert hash(Constraints((constraint,))) == hash(Constraints((parse(kind, text),)))


@pytest.mark.parametrize(
    ("text", "same"),
    [(" mean [ 1 ] = 55 ", "mean[1]=55"), ("Mean[2,1]=5.50", "mean[1,2]=5.5"), ("degrees-of-freedom=4", None)],
)
def test_spaces_capitals_and_hyphens_do_not_matter(text, same):
    assert parse("fix", text).text == (same or "degrees_of_freedom=4")


def test_a_prior_without_rows_is_as_strong_as_one_row():
    assert parse("prior", "sd=0.5") == Prior("sd", (), 0.5, 1.0)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("fix", "mean[1]", "cannot be understood: write it like “mean.1.=55”"),
        ("fix", "mean[0.5]=1", "cannot be understood"),
        ("fix", "mean=much", "cannot be understood"),
        ("fix", "mean=nan", "no finite number"),
        ("fix", "=5", "cannot be understood"),
        ("tie", "sd=1", "cannot be understood"),
        ("tie", "sd[1]", "one component alone cannot be tied"),
        ("bound", "sd=5", "cannot be understood"),
        ("bound", "sd=:", "cannot be understood"),
        ("bound", "sd=5:1", "the lower bound is above the upper one"),
        ("order", "mean[1]", "leave out the brackets"),
        ("prior", "weight=2:3", "takes one number"),
        ("prior", "sd=1:0", "must be greater than 0"),
        ("prior", "sd[1]=1", "leave out the brackets"),
    ],
)
def test_what_cannot_be_understood_is_said_in_a_sentence(kind, text, said):
    with pytest.raises(InputError, match=said) as error:
        parse(kind, text)
    assert str(error.value).startswith(f"--{kind} ")
    assert str(error.value).endswith(".")
