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
        ("gaussian", ["fix shape=1"], "no parameter “shape”; there are weight and, in one column, mean and sd"),
        ("gamma", ["fix sd=1"], "there is no parameter “sd”; there are weight, shape, scale"),
        ("gaussian", ["fix mean[4]=1"], "there is no component 4; there are components 1 to 3"),
        ("gaussian", ["fix sd=-1"], "the sd must be greater than 0"),
        ("gaussian", ["fix weight[1]=0"], "the weight must be greater than 0 and at most 1"),
        ("gaussian", ["fix mean[1]=1", "fix mean=2"], r"mean\[1\] is fixed at two values, 1 and 2"),
        ("gaussian", ["fix sd[1]=3", "bound sd=1:2"], r"sd\[1\] is fixed at 3, above its upper bound, 2\.$"),
        ("gaussian", ["fix sd[1]=3", "bound sd=4:"], r"sd\[1\] is fixed at 3, below its lower bound, 4\.$"),
        ("gaussian", ["fix sd[1]=1", "floor sd=2"], r"sd\[1\] is fixed at 1, below its floor, 2\.$"),
        ("gaussian", ["bound sd=-5:"], "^--bound “sd=-5:”: the bounds of the sd must be greater than 0"),
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
        ("gamma", ["floor shape=1"], "a floor goes under scale"),
        ("gamma", ["floor sd=1"], "a floor goes under scale"),
        ("student_t", ["floor sd=1"], "a floor goes under scale"),
        ("lognormal", ["prior sd=1"], "a prior is for weight or log sd"),
        ("gamma", ["prior scale=1"], "a prior is for weight; any"),
        ("poisson", ["prior rate=1"], "a prior is for weight; any"),
        ("gaussian", ["floor sd=0"], "a floor must be greater than 0"),
        ("gaussian", ["prior mean=1"], "a prior is for weight or sd"),
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
    ("line", "said"),
    [
        ("floor scale=1", "^--floor scale=1: component 2 is weibull, and weibull takes none"),
        ("floor sd=1", "a floor goes under scale"),
        ("prior scale=1:2", "component 1 is gamma, and gamma takes none"),
    ],
)
def test_where_families_differ_it_is_said_which_component_a_floor_or_a_prior_is_not_for(line, said):
    family = make_family("gamma+weibull+student_t", Setting())
    with pytest.raises(InputError, match=said):
        held(line).check(family, 3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fix mean[1,1]=0", "^--fix mean: "),
        ("tie mean", "^--tie mean: "),
        ("bound covariance=1:", "^--bound covariance: "),
    ],
)
def test_with_several_columns_only_weights_can_be_held_and_nothing_else_is_said(line, said):
    family = make_family("gaussian", Setting(n_features=2))
    with pytest.raises(InputError, match=said + "with several columns only weights can be held"):
        held(line).check(family, 2)
    held("fix weight[1]=0.2").check(family, 2)


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
