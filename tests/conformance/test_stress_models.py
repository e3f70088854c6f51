"""What every stress model promises, whatever it is: each check runs on each model.

A model is added to `models.MODELS`; nothing here names one. The checks use `Impact` alone, and a
variable only where a model has it.
"""

import dataclasses
import functools
import pickle
import re

import numpy as np
import pytest

from autarky import Table
from autarky.errors import (
    AutarkyError,
    LabelError,
    NoEquilibriumError,
    ShockError,
    TableError,
    UnsupportedShockError,
)
from autarky.results import Impact
from autarky.shocks import Embargo, Isolation, Scenario
from autarky.stress import StressModel
from autarky.units import Unit
from conformance.models import MODELS, NOTHING, SHOCKS, TABLES, symmetric_table
from strategies import permuted, random_table

#: Certificates are 1e-8 of the largest term; results in percent may move by 1e-8 × 100.
POINTS = 1e-6
#: What models may be called in a refusal, by the words that name them.
MODEL_WORDS = re.compile(r"inventor|rationing|equilibrium|inoperab")

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
every_shock = pytest.mark.parametrize("shock", SHOCKS.values(), ids=SHOCKS)


def kept(function):
    """Remember answers; by identity, as models may hold what has no hash, and for good."""
    memory = {}

    @functools.wraps(function)
    def get(model, table, shock):
        key = id(model), id(table), shock
        if key not in memory:
            memory[key] = (function(model, table, shock), model, table)
        return memory[key][0]

    return get


@kept
def attempt(model, table, shock):
    """The impact, or the refusal where its reason holds."""
    try:
        return fresh(model, table, shock)
    except UnsupportedShockError as error:
        return error
    except NoEquilibriumError as error:
        # Only where somebody named makes nothing of a product and is told so.
        if set(error.regions) & lacking(table):
            return error
        raise


def lacking(table):
    """Regions that do not make every product."""
    made = np.bincount(table.industries.region_of[table.x > 0], minlength=len(table.regions))
    return {table.regions[r] for r in np.flatnonzero(made < len(table.sectors))}


def fresh(model, table, shock):
    return model.run(table, Scenario("a test", [shock], title="A test"))


def run(model, table, shock):
    """The impact; skips, with the model's own words, what it refuses."""
    found = attempt(model, table, shock)
    if isinstance(found, AutarkyError):
        pytest.skip(str(found))
    return found


def impacts(model, table, shocks=SHOCKS):
    """(name of the shock, impact) for all that the model can express on the table."""
    found = {name: attempt(model, table, shock) for name, shock in shocks.items()}
    answered = {k: v for k, v in found.items() if not isinstance(v, AutarkyError)}
    assert len(answered) >= 2
    return answered.items()


def labels(field):
    """Tuples of a field's labels, one for each value in flat order, with the column names."""
    columns = field.columns()
    size = field.values.size
    rows = zip(*columns.values(), strict=True) if columns else [()] * size
    return [tuple(sorted(zip(columns, row, strict=True))) for row in rows]


def numbers(impact):
    """Every number of an impact: (variable, labels) → (value, unit)."""
    found = {}
    frame = impact.tidy()
    units = dict(zip(frame["variable"], frame["unit"], strict=True))
    for field in impact.fields:
        unit = units[field.variable]
        for key, value in zip(labels(field), field.values.reshape(-1), strict=True):
            assert (field.variable, key) not in found
            found[field.variable, key] = (float(value), unit)
    return found


def same(first, second, *, money=1.0, size=1.0):
    """Two impacts say the same: percentages to POINTS, money to 1e-8 of the table's size."""
    a, b = numbers(first), numbers(second)
    assert a.keys() == b.keys()
    for key, (value, unit) in a.items():
        other, _ = b[key]
        if unit.endswith("/yr"):
            assert other == pytest.approx(money * value, rel=1e-6, abs=1e-8 * money * size), key
        else:
            assert other == pytest.approx(value, rel=1e-7, abs=POINTS, nan_ok=True), key


# --- what a model is -----------------------------------------------------------------------------


@every_model
def test_it_is_a_frozen_set_of_parameters(model):
    assert isinstance(model, StressModel)
    assert dataclasses.is_dataclass(model)
    assert re.fullmatch(r"[a-z_]+", model.name)
    for field in dataclasses.fields(model):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(model, field.name, None)
    assert dataclasses.replace(model) == model


@every_model
def test_it_says_what_it_takes_as_given(model):
    assert model.assumptions
    for sentence in model.assumptions:
        assert sentence.endswith(".")
        assert sentence[0].isupper()


@every_model
def test_every_parameter_is_documented(model):
    for field in dataclasses.fields(model):
        assert re.search(rf"^\s*{field.name} : ", type(model).__doc__, re.MULTILINE), field.name


# --- what a result is ----------------------------------------------------------------------------


@every_model
@every_shock
def test_it_answers_or_names_a_model_that_can(model, shock):
    table = TABLES["plain"]
    impact = attempt(model, table, shock)
    if isinstance(impact, UnsupportedShockError):
        assert impact.exit_code == 2
        assert not isinstance(shock, Embargo), "every stress model knows embargoes"
        others = str(impact).replace(model.name, "")
        assert MODEL_WORDS.search(others), f"names no other model: {impact}"
        return
    assert isinstance(impact, Impact)
    assert impact.scenario == "a test"
    assert impact.model == model.name
    assert impact.question.endswith("?")
    assert impact.unit == table.unit
    assert impact.year == table.year
    assert impact.provenance == table.provenance
    assert impact.assumptions == model.assumptions


@every_model
@every_table
def test_it_is_solved_and_proves_it(model, table):
    for name, impact in impacts(model, table):
        assert impact.certificates, name
        for certificate in impact.certificates:
            assert certificate.residual <= certificate.tolerance <= 1e-8, name
        assert impact.residuals, name
        for what, residual in impact.residuals.items():
            assert 0 <= residual <= 1e-8, (name, what)
        assert impact.certificates[-1].residual == max(impact.residuals.values()), name


@every_model
@every_table
def test_the_frame_is_tidy(model, table):
    for _, impact in impacts(model, table):
        tidy(impact, model, table)


def tidy(impact, model, table):
    frame = impact.tidy()
    needed = {"scenario", "model", "region", "sector", "variable", "value", "unit"}
    assert needed <= set(frame.columns)
    keys = [c for c in frame.columns if c not in ("value", "unit")]
    assert not frame[keys].duplicated().any()
    assert not frame[[c for c in frame.columns if c != "value"]].isna().to_numpy().any()
    assert set(frame["scenario"]) == {"a test"}
    assert set(frame["model"]) == {model.name}
    assert set(frame["time"]) == {table.year}
    assert set(frame["region"]) <= {*table.regions, "total"}
    assert set(frame["sector"]) <= {*table.sectors, "total"}
    assert (frame["unit"] != "").all()
    assert not np.isinf(frame["value"]).any()
    assert set(frame["variable"]) == set(impact.variables)


@every_model
@every_table
def test_what_has_no_number_had_nothing_before(model, table):
    """NaN stands only where an industry or product did not exist, never for a lost answer."""
    impact = run(model, table, SHOCKS["embargo"])
    industries = table.industries
    made = np.zeros((len(table.regions), len(table.sectors)))
    np.add.at(made, (industries.region_of, industries.sector_of), table.x)
    used = np.zeros_like(made)
    np.add.at(
        used.T, industries.sector_of, table.uses.sum_by_region(np.maximum(table.Y, 0), axis=1)
    )
    for field in impact.fields:
        if field.values.shape != made.shape or field.variable in ("imports", "imports_before"):
            assert np.isfinite(field.values).all() or field.variable == "realised_cut"
            continue
        there = used > 0 if field.variable == "final_use" else made > 0
        assert np.isfinite(field.values[there]).all(), field.variable


@every_model
def test_two_runs_give_the_same_bytes(model):
    table = TABLES["negatives"]
    first, second = (fresh(model, table, SHOCKS["mutual embargo"]) for _ in range(2))
    for a, b in zip(first.fields, second.fields, strict=True):
        assert a.values.tobytes() == b.values.tobytes()
    assert first.tidy().to_csv() == second.tidy().to_csv()
    assert first.certificates == second.certificates


@every_model
def test_model_and_result_travel_between_processes(model):
    table = TABLES["negatives"]
    impact = run(model, table, SHOCKS["embargo"])
    assert pickle.loads(pickle.dumps(impact)).tidy().equals(impact.tidy())
    again = fresh(pickle.loads(pickle.dumps(model)), table, SHOCKS["embargo"])
    assert again.tidy().equals(impact.tidy())


@every_model
@every_table
def test_the_table_is_left_alone(model, table):
    names = ("Z", "Y", "x", "value_added")
    before = {name: getattr(table, name).tobytes() for name in names}
    fresh(model, table, SHOCKS["embargo"])
    for name in names:
        assert getattr(table, name).tobytes() == before[name]
        assert not getattr(table, name).flags.writeable


@every_model
def test_what_was_done_to_the_data_is_listed(model):
    impact = run(model, TABLES["negatives"], SHOCKS["embargo"])
    assert impact.treatments
    assert any("negative" in one for one in impact.treatments)


# --- what a scenario must be ---------------------------------------------------------------------


@every_model
def test_unknown_labels_are_all_listed(model):
    shock = Embargo(exporters=["FRX", "USA"], importers="DEUU", share=0.5)
    with pytest.raises(LabelError, match="FRX") as caught:
        model.run(TABLES["plain"], Scenario("labels", [shock]))
    assert caught.value.exit_code == 2
    assert set(caught.value.unknown) == {"FRX", "DEUU"}
    assert "DEU" in caught.value.suggestions["DEUU"]
    with pytest.raises(LabelError, match="c77"):
        model.run(
            TABLES["plain"],
            Scenario("labels", [Embargo(exporters="FRA", importers="DEU", sectors="c77")]),
        )


@every_model
def test_a_shock_that_reaches_nothing_is_refused(model):
    table = random_table(1, R=1, S=3)
    with pytest.raises((ShockError, TableError)) as caught:
        model.run(table, Scenario("alone", [Isolation(region="DEU")]))
    assert "DEU" in str(caught.value)


# --- invariances ---------------------------------------------------------------------------------


@every_model
@every_table
def test_no_shock_no_change(model, table):
    for shock, impact in impacts(model, table, NOTHING):
        for (variable, key), (value, unit) in numbers(impact).items():
            if unit == "percent" and np.isfinite(value):
                assert abs(value) <= 1e-8, (shock, variable, key)
        if "imports" in impact.variables:
            assert impact["imports"] == pytest.approx(impact["imports_before"], rel=1e-10)


@every_model
@pytest.mark.parametrize("name", ["plain", "negatives"])
def test_units_do_not_matter(model, name):
    table = TABLES[name]
    thousand = Table.from_arrays(
        1000 * table.Z,
        1000 * table.Y,
        regions=table.regions,
        sectors=table.sectors,
        uses=table.uses.categories,
        use_kinds=table.uses.kinds,
        unit=Unit("USD", "thousand"),
        year=table.year,
    )
    for shock, first in impacts(model, table):
        second = run(model, thousand, SHOCKS[shock])
        same(first, second, money=1000.0, size=table.x.sum())
        units = {unit for _, unit in numbers(second).values()}
        assert "thousand USD/yr" in units
        assert "million USD/yr" not in units


@every_model
@pytest.mark.parametrize("name", ["plain", "negatives", "idle sector"])
def test_order_does_not_matter(model, name):
    table = TABLES[name]
    rng = np.random.default_rng(0)
    R, S = len(table.regions), len(table.sectors)
    other = permuted(table, rng.permutation(R), rng.permutation(S))
    for shock, impact in impacts(model, table):
        same(impact, run(model, other, SHOCKS[shock]), size=table.x.sum())


def enlarged(table, region, size, trade):
    """The table and one more region, `size` as large as the first, trading `trade` of that."""
    S, n, R = len(table.sectors), len(table.x), len(table.regions)
    Z, Y = np.zeros((n + S, n + S)), np.zeros((n + S, R + 1))
    Z[:n, :n], Y[:n, :R] = table.Z, table.uses.sum_by_region(table.Y, axis=1)
    Z[n:, n:] = size * table.Z[:S, :S]
    Y[n:, R] = size * (1 - trade) * Y[:S, 0]
    Y[n:, 0] = Y[:S, R] = size * trade * Y[:S, 0]
    return Table.from_arrays(
        Z,
        Y,
        regions=[*table.regions, region],
        sectors=table.sectors,
        unit=table.unit,
        year=table.year,
    )


@every_model
@pytest.mark.parametrize("trade", [0.0, 0.1])
def test_a_tiny_region_changes_nothing_beyond_its_size(model, trade):
    table = TABLES["plain"]
    larger = enlarged(table, "MLT", 1e-10, trade)
    first, second = (run(model, t, SHOCKS["mutual embargo"]) for t in (table, larger))
    mlt = ("region", "MLT")
    after = numbers(second)
    for key, (value, unit) in numbers(first).items():
        room = {"rel": 1e-6, "abs": 1e-7 * table.x.sum()} if unit.endswith("/yr") else {}
        assert after[key][0] == pytest.approx(value, **(room or {"abs": 1e-5})), key
    new = after.keys() - numbers(first).keys()
    assert new
    for key in new:
        assert mlt in key[1] or ("partner", "MLT") in key[1]
        if after[key][1].endswith("/yr"):
            assert abs(after[key][0]) <= 1e-8 * table.x.sum()


@every_model
def test_an_empty_region_is_named(model):
    """One without any income or product has no prices: refused, never answered with NaN."""
    larger = enlarged(TABLES["plain"], "MLT", 0.0, 0.0)
    with pytest.raises(TableError, match="MLT"):
        fresh(model, larger, SHOCKS["embargo"])


# --- what theory says ----------------------------------------------------------------------------

SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


@every_model
def test_more_of_a_cut_hurts_more_where_all_are_alike(model):
    """Among equals nobody gains from dearer exports: a cut of all trade is a loss to each."""
    table = symmetric_table()
    runs = [run(model, table, Embargo(exporters="*", importers="*", share=s)) for s in SHARES]
    measure = "real_income" if "real_income" in runs[0].variables else "final_use"
    values = np.array([one[measure] for one in runs])
    assert np.all(np.diff(values, axis=0) < 0)
    assert values == pytest.approx(values[:, :1] + 0 * values, abs=POINTS)  # each the same
    if "realised_cut" in runs[0].variables:
        cut = np.array([float(one["realised_cut"]) for one in runs[1:]])
        assert np.all(np.diff(cut) > 0)
        assert cut[-1] == 100.0


@every_model
@pytest.mark.parametrize("name", ["plain", "negatives", "sparse"])
def test_trade_on_the_cut_links_falls_with_the_share(model, name):
    table = TABLES[name]
    runs = [run(model, table, Embargo(exporters="FRA", importers="DEU", share=s)) for s in SHARES]
    if "imports" not in runs[0].variables:
        pytest.skip(f"{model.name} has no bilateral trade")
    n, i = table.regions.position("DEU"), table.regions.position("FRA")
    traded = np.array([one["imports"][n, i] for one in runs])
    assert np.all(np.diff(traded) < 0)
    assert traded[-1] == 0.0


@every_model
@every_table
def test_isolation_hurts_whom_it_isolates(model, table):
    impact = run(model, table, Isolation(region="DEU"))
    n = table.regions.position("DEU")
    measure = "real_wage" if "real_wage" in impact.variables else "final_use"
    assert np.all(impact[measure][n] < 0)


# --- accounts ------------------------------------------------------------------------------------


@every_model
@every_table
def test_money_lost_is_income_times_its_fall(model, table):
    for name, impact in impacts(model, table):
        if "income_loss" not in impact.variables:
            pytest.skip(f"{model.name} has no income")
        expected = -impact["income"] * impact["real_income"] / 100
        assert impact["income_loss"] == pytest.approx(expected, rel=1e-12), name
        assert np.all(impact["income"] > 0), name


@every_model
@every_table
def test_bilateral_trade_adds_up(model, table):
    """Nobody imports from itself, and nothing is negative."""
    for name, impact in impacts(model, table):
        if "imports" not in impact.variables:
            pytest.skip(f"{model.name} has no bilateral trade")
        for variable in ("imports", "imports_before"):
            flows = impact[variable]
            assert flows.shape == (len(table.regions),) * 2, name
            assert np.all(flows >= 0), name
            assert np.all(np.diag(flows) == 0), name
            assert flows.sum() > 0, name
