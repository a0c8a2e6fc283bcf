"""What makes no sense for a model, or contradicts itself, is refused in one sentence before any work."""

import numpy as np
import pytest
from constraint_lines import held

from core import InputError
from core.families import FAMILIES, make_family
from core.families.family import Setting


def check(family, *lines, n_components=3, covariance="full"):
    held(*lines).check(make_family(family, Setting(covariance, trials=8)), n_components)


@pytest.mark.parametrize(
    ("family", "lines", "said"),
    [
        ("gaussian", ["fix shape=1"], "there is no parameter “shape”; there are weight, mean, sd"),
        ("gaussian", ["fix mean[4]=1"], "there is no component 4; there are components 1 to 3"),
        ("gaussian", ["fix sd=-1"], "the sd must be greater than 0"),
        ("gaussian", ["fix weight[1]=0"], "the weight must be greater than 0 and at most 1"),
        ("gaussian", ["fix mean[1]=1", "fix mean=2"], r"mean\[1\] is fixed at two values, 1 and 2"),
        ("gaussian", ["fix sd[1]=3", "bound sd=1:2"], r"sd\[1\] is fixed at 3, outside its bounds, 1 to 2"),
        ("gaussian", ["tie sd", "fix sd[1]=3", "fix sd[2]=4"], "are tied, but are fixed at different values"),
        ("gaussian", ["bound sd[1]=:1", "bound sd[1]=2:"], r"The bounds of sd\[1\] contradict each other"),
        ("gaussian", ["tie sd", "bound sd[1]=:1", "bound sd[2]=2:"], "are tied, but the first must be at least 2"),
        ("gaussian", ["order mean", "fix mean[1]=3", "fix mean[2]=1"], "The means are ordered"),
        ("gaussian", ["order mean", "bound mean[1]=3:", "bound mean[3]=:1"], "The means are ordered"),
        ("gaussian", ["order weight"], "weights cannot be ordered"),
        ("gaussian", ["fix weight[1]=0.7", "fix weight[2]=0.4"], "add up to 1.1, more than 1"),
        ("gaussian", ["fix weight[1]=0.6", "fix weight[2]=0.4"], "leaves nothing for the other components"),
        ("gaussian", ["fix weight=0.3"], "The fixed weights add up to 0.9, less than 1"),
        ("gaussian", ["bound weight=:0.3"], "The upper bounds of the weights add up to 0.9, less than 1"),
        ("gaussian", ["bound weight=0.4:"], "The lower bounds of the weights add up to 1.2, more than 1"),
        ("gaussian", ["bound sd=:-1"], "the bounds of the sd must be greater than 0"),
        ("gaussian", ["bound sd=:0"], "the bounds of the sd must be greater than 0"),
        ("gaussian", ["floor mean=1"], "a floor goes under sd"),
        ("gaussian", ["floor sd=0"], "a floor must be greater than 0"),
        ("gaussian", ["prior mean=1"], "a prior is for the weight or sd"),
        ("gaussian", ["prior weight=0.5"], "the concentration must be at least 1"),
        ("gaussian", ["prior sd=-1"], "must be greater than 0"),
        ("gaussian", ["prior weight=2", "prior weight=3"], "is given twice"),
        ("gaussian", ["tie cv", "tie sd"], "With --tie cv the sds cannot be tied too"),
        ("gaussian", ["tie cv", "fix mean[1]=-1"], "needs means greater than 0"),
        (
            "gaussian",
            ["tie cv", "fix mean[1]=1", "fix sd[1]=1", "fix mean[2]=1", "fix sd[2]=2"],
            "--tie cv contradicts the values",
        ),
        ("poisson", ["floor rate=1"], "this family has no spread to hold up"),
        ("weibull", ["floor scale=1"], "this family has no spread to hold up"),
        ("poisson", ["tie cv"], "--tie cv needs components of one family that has a coefficient of variation"),
        ("binomial", ["fix probability[1]=1.5"], "must be from 0 to 1"),
        ("student_t", ["fix degrees_of_freedom=0.01"], "the degrees of freedom must be from 0.1"),
        ("uniform", ["tie low"], "a background component cannot be tied"),
        ("uniform", ["order low"], "a background component cannot be ordered"),
    ],
)
def test_it_is_said_what_is_wrong(family, lines, said):
    with pytest.raises(InputError, match=said) as error:
        check(family, *lines)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("family", "lines"),
    [
        ("gaussian", ["fix mean[1]=1", "fix mean[1]=1"]),
        ("gaussian", ["order mean", "fix mean[1]=1", "fix mean[3]=1"]),
        ("gaussian", ["tie weight"]),
        ("gaussian", ["fix weight[1]=0.2", "fix weight[2]=0.3", "fix weight[3]=0.5"]),
        ("gaussian", ["bound sd=0:5", "floor sd=0.1", "prior sd=1:2", "prior weight=1"]),
        ("gamma", ["tie cv", "floor scale=0.1"]),
        ("binomial", ["fix probability[1]=0"]),
        ("uniform", ["fix low=0"]),
    ],
)
def test_what_can_be_is_let_through(family, lines):
    check(family, *lines)


@pytest.mark.parametrize("name", list(FAMILIES))
def test_any_parameter_of_any_family_can_be_fixed_and_bounded(name):
    family = make_family(name, Setting(trials=8))
    for parameter, domain in family.domains.items():
        value = 0.5
        assert domain.allows(np.array([value]))[0]
        check(name, f"fix {parameter}[1]={value}", f"bound {parameter}[2]={value}:")
