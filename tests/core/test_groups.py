import numpy as np
import pytest

from core import FitOptions, InputError, fit
from core.data import Levels
from core.groups import by_group, fit_groups
from core.prepare import prepared
from core.roles import Roles
from core.table import Column, Table

RNG = np.random.default_rng(1)
X = np.concatenate([RNG.normal(2, 0.3, 120), RNG.normal(5, 0.6, 200)])
SEXES = Levels(("f", "m"), np.tile([0, 1, 1, 0], 80).astype(np.int32))


def table(**columns):
    made = [Column(name, np.asarray(values, dtype=float)) for name, values in columns.items()]
    sex = Column("sex", None, why_not="words", levels=SEXES)
    return Table("heights.csv", "", "", len(X), (*made, sex))


def test_each_group_is_fitted_as_if_it_were_alone():
    data = prepared(table(x=X), Roles(("x",), group="sex"))
    fits = fit_groups(data, FitOptions())
    assert [one.name for one in fits.groups] == ["f", "m"]
    alone = [fit(rows, FitOptions())[0] for _, rows in by_group(data)]
    assert [one.fit.log_likelihood for one in fits.groups] == [one.log_likelihood for one in alone]
    assert fits.log_likelihood == sum(one.log_likelihood for one in alone)
    assert fits.n_parameters == 10
    assert fits.bic == pytest.approx(-2 * fits.log_likelihood + 10 * np.log(320))


def test_rows_of_a_group_keep_their_numbers_in_the_file():
    data = prepared(table(x=X), Roles(("x",), group="sex"))
    (_, women), (_, men) = by_group(data)
    assert women.rows[:3].tolist() == [1, 4, 5]
    assert len(women) + len(men) == len(data)


def test_models_of_groups_rank_by_how_much_they_share():
    heights = {
        share: prepared(table(x=X), Roles(("x",), group="sex", share=share)) for share in ("none", "components", "all")
    }
    apart = fit_groups(heights["none"], FitOptions()).log_likelihood
    shared, together = (fit(heights[share], FitOptions())[0].log_likelihood for share in ("components", "all"))
    assert apart >= shared - 1e-6 >= together - 2e-6


def test_the_jacobians_of_groups_add_up():
    data = prepared(table(x=X), Roles(("x",), group="sex", transform="log"))
    assert sum(rows.jacobian for _, rows in by_group(data)) == pytest.approx(data.jacobian, rel=1e-12)


def test_a_group_that_cannot_be_fitted_is_named():
    few = table(x=np.where(SEXES.codes == 0, 3.0, X))
    data = prepared(few, Roles(("x",), group="sex"))
    with pytest.raises(InputError, match="Group “f” of “sex”: All 160 values"):
        fit_groups(data, FitOptions())
