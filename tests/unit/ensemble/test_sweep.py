"""Sweeps: which links there are, what they look like, and what a cut costs who is cut."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ensembles
from autarky import Table
from autarky.ensemble import Chosen, start
from autarky.ensemble.asking import ask
from autarky.ensemble.declare import parse
from autarky.ensemble.sweep import Sweep, links, supply_shares
from autarky.ensemble.verdict import dependences, losses
from autarky.errors import DataError, LabelError, OptionError
from autarky.shocks import Embargo, Isolation, Scenario
from autarky.stress import Equilibrium


@pytest.fixture
def table():
    """A buys a third of its use from B; B uses its own alone."""
    Z, Y = [[0.0, 0.0], [3.0, 0.0]], [[6.0, 0.0], [0.0, 5.0]]
    return Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s"])


# --- links --------------------------------------------------------------------------------------


def test_a_sweep_has_a_cut_for_each_link_that_carries_anything(table):
    (only,) = Sweep().scenarios(table)
    assert only.name == "A~B~s"
    assert only.shocks == (Embargo(exporters="B", importers="A", sectors="s"),)


def test_every_link_of_a_full_table_is_there_once():
    table = ensembles.tiny_table()
    found = Sweep(share=0.5, days=30).scenarios(table)
    frame = links(found)
    assert len(frame) == 3 * 2 * 2 == len(frame.drop_duplicates(["economy", "partner", "sector"]))
    assert (frame["economy"] != frame["partner"]).all()
    assert {(one.shocks[0].share, one.shocks[0].duration) for one in found} == {(0.5, 30.0)}


def test_a_sweep_can_be_narrowed():
    table = ensembles.tiny_table()
    frame = links(Sweep(economies=["DEU"], partners=["AUT"], sectors=["b"]).scenarios(table))
    assert frame.iloc[0, 1:].tolist() == ["DEU", "AUT", "b"]
    shares = supply_shares(table)
    least = float(np.median(shares))
    large = links(Sweep(least=least).scenarios(table))
    at = [axis.locate(large[name].tolist()) for axis, name in (
        (table.regions, "partner"), (table.sectors, "sector"), (table.regions, "economy"),
    )]  # fmt: skip
    assert (shares[at[0], at[1], at[2]] >= least).all()
    assert 0 < len(large) < 12


def test_shares_of_supply_add_up_to_one(table):
    shares = supply_shares(table)
    assert shares[:, 0, 0] == pytest.approx([2 / 3, 1 / 3])
    assert shares[:, 0, 1] == pytest.approx([0, 1])
    assert supply_shares(ensembles.tiny_table()).sum(axis=0) == pytest.approx(np.ones((2, 3)))


def test_a_run_down_of_stocks_is_no_supply():
    table = Table.from_arrays(
        [[1.0, 0.0], [2.0, 0.0]], [[2.0, 0.0], [-1.0, 4.0]], regions=["A", "B"], sectors=["s"]
    )
    assert supply_shares(table)[1, 0, 0] == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"economies": ["C"]}, LabelError, "C"),
        ({"least": 1.5}, OptionError, "least"),
        ({"economies": ["B"]}, OptionError, "no link"),
    ],
)
def test_a_sweep_of_nothing_is_refused(table, options, error, says):
    with pytest.raises(error, match=says):
        Sweep(**options).scenarios(table)


@pytest.mark.parametrize(
    "shocks",
    [
        [Isolation(region="A")],
        [Embargo(exporters="B", importers="A")],
        [Embargo(exporters="B", importers="A", sectors="s", mutual=True)],
        [Embargo(exporters=["B", "C"], importers="A", sectors="s")],
        [Embargo(exporters="B", importers="A", sectors=k) for k in "st"],
    ],
)
def test_other_scenarios_are_no_links(shocks):
    with pytest.raises(OptionError, match="no sweep"):
        links([Scenario("x", shocks)])


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    path = tmp_path / "home"
    monkeypatch.setenv("AUTARKY_HOME", str(path))
    ensembles.prepare(path)
    return path


def declared(every_cut, **more):
    return parse({"name": "x", "tables": ["tiny:2000"], "scenarios": [{"every_cut": every_cut}]}
                 | more)  # fmt: skip


def test_a_file_can_ask_for_every_cut(home):
    assert len(declared({}).scenarios) == 12
    assert len(declared({"economies": ["DEU"], "share": 0.5}).scenarios) == 4


@pytest.mark.parametrize(
    ("every_cut", "says"),
    [
        ({"econmies": []}, "did you mean economies"),
        ([], "table of keys"),
        ({"sectors": ["zz"]}, "zz"),
        ({"share": 40}, "share"),
        ({"least": "much"}, "least is 'much'"),
    ],
)
def test_a_faulty_sweep_says_where(home, every_cut, says):
    with pytest.raises(DataError, match=says):
        declared(every_cut)


def test_sums_over_sectors_alone_can_be_kept(home):
    models = [{"type": "equilibrium", "parameters": {"elasticities": 4.0},
               "outputs": ["real_income", "final_use"]}]  # fmt: skip
    more = {"models": models, "sectors": ["a"]}
    with ThreadPoolExecutor(1) as executor:
        by_sector = start(declared({"economies": ["DEU"]}, **more), executor=executor).rows()
        total = start(
            declared({"economies": ["DEU"]}, **more | {"sectors": ["total"]}), executor=executor
        ).rows()
        with pytest.raises(LabelError, match="aa"):
            start(declared({}, **more | {"sectors": ["aa"]}), executor=executor)
    assert set(by_sector["variable"]) == {"final_use"}
    assert set(by_sector["sector"]) == {"a"}
    assert set(total["variable"]) == {"real_income"}
    assert set(total["sector"]) == {"total"}


# --- verdict ------------------------------------------------------------------------------------


@pytest.fixture
def asked(home):
    """Of every cut of the tiny table by two models of the long run."""
    ensemble = replace(
        declared({}),
        models=tuple(
            Chosen(type="equilibrium", name=name, parameters={"elasticities": theta})
            for name, theta in (("stiff", 2.0), ("loose", 8.0))
        ),
    )
    with ThreadPoolExecutor(1) as executor:
        return ask(start(ensemble, executor=executor))


def test_losses_are_the_model_s_own(asked):
    found = losses(asked)
    table = ensembles.tiny_table()
    prepared = Equilibrium(elasticities=2.0).prepare(table)
    for _, row in found.iterrows():
        cut = Embargo(exporters=row["partner"], importers=row["economy"], sectors=row["sector"])
        impact = prepared.run(Scenario("x", [cut]))
        assert row["stiff:real_income"] == pytest.approx(
            -impact.value("real_income", region=row["economy"])
        )
    assert (found["stiff:real_income"] > found["loose:real_income"]).all()
    shares = supply_shares(table)
    first = found.iloc[0]
    at = (table.regions.position(first["partner"]), table.sectors.position(first["sector"]),
          table.regions.position(first["economy"]))  # fmt: skip
    assert first["supply_share"] == shares[at]


def test_the_lists_are_in_order(asked):
    found = losses(asked)
    limit = float(found["stiff:real_income"].median())
    answer = dependences(asked, top=3, harmless=limit)
    frame = answer.tidy()

    def numbers(title, variable):
        part = frame[(frame["list"] == title) & (frame["variable"] == variable)]
        return part.sort_values("rank")["value"]

    worst = frame[
        (frame["list"] == "worst") & (frame["model"] == "stiff")
        & (frame["variable"] == "real_income")
    ]  # fmt: skip
    by_link = worst.groupby("rank")["value"].min()
    assert (-by_link).tolist() == sorted(found["stiff:real_income"], reverse=True)[:3]
    shares = numbers("looks bad", "supply_share")
    assert shares.tolist() == sorted(shares, reverse=True)
    quiet = frame[(frame["list"] == "looks bad") & (frame["variable"] == "real_income")]
    assert (-quiet["value"] <= limit).all()
    assert answer.provenance.steps[-1].verb == "ensemble"


def test_a_link_without_an_answer_is_counted(asked):
    ids = asked.tasks.loc[asked.tasks["scenario"] == asked.tasks["scenario"].iloc[0], "task"]
    holed = replace(asked, rows=asked.rows[~asked.rows["task"].isin(ids.head(1))])
    answer = dependences(holed)
    assert any("1 of 12 links" in said for said in answer.warnings)


@pytest.mark.parametrize("options", [{"top": 0}, {"harmless": 0.0}, {"harmless": float("nan")}])
def test_numbers_out_of_range(asked, options):
    with pytest.raises(OptionError, match="above 0"):
        dependences(asked, **options)


def test_amounts_of_money_are_not_compared(asked):
    rows = asked.rows.assign(unit=pd.Categorical(["million USD/yr"] * len(asked.rows)))
    with pytest.raises(OptionError, match="percent"):
        losses(replace(asked, rows=rows))
