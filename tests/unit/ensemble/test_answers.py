"""Answers of an ensemble: against functions whose indices are known, and against scipy."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autarky.ensemble import Chosen, Distribution, answers, sobol, start
from autarky.ensemble.asking import ask
from autarky.errors import LabelError, OptionError
from autarky.results import VARIABLES

REGIONS = ("A", "B")


def saltelli(f, low, high, *, n=1 << 12, seed=1):
    """Draws of the design, and f at each of them."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    d = len(low)
    both = stats.qmc.Sobol(2 * d, rng=np.random.default_rng(seed)).random(n)
    A, B = both[:, :d], both[:, d:]
    blocks = [A, B]
    for k in range(d):
        one = A.copy()
        one[:, k] = B[:, k]
        blocks.append(one)
    x = low + (high - low) * np.concatenate(blocks)
    return x, f(x)


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def frames(x, values, names, *, scenario="cut", model="equilibrium", region="A"):
    """Rows and tasks of one number over draws."""
    ids = [f"{scenario}{region}{k:06d}" for k in range(len(x))]
    tasks = pd.DataFrame(
        {"task": ids, "table": "t", "scenario": scenario, "model": model, "draw": range(len(x))}
        | {name: x[:, k] for k, name in enumerate(names)}
    )
    rows = pd.DataFrame(
        {
            "task": ids, "variable": "real_income", "region": region, "sector": "total",
            "partner": "total", "value": values, "unit": "percent",
        }
    )  # fmt: skip
    return rows, tasks


def value(frame, **where):
    for name, wanted in where.items():
        frame = frame[frame[name] == wanted]
    assert len(frame) == 1
    return float(frame["value"].iloc[0])


# --- indices ------------------------------------------------------------------------------------


def test_ishigami_has_its_published_indices():
    _, values = saltelli(ishigami, [-np.pi] * 3, [np.pi] * 3, n=1 << 14)
    found = sobol.indices(values, 3)
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)
    assert (found.first_band[0] < found.first_band[1]).all()
    inside = (found.total_band[0] <= found.total) & (found.total <= found.total_band[1])
    assert inside.all()


def test_a_sum_has_the_shares_of_its_variances():
    _, values = saltelli(lambda x: 3 * x[:, 0] + 4 * x[:, 1] + 1e6, [0, 0], [1, 1])
    found = sobol.indices(values, 2)
    assert found.first == pytest.approx([9 / 25, 16 / 25], abs=5e-3)
    assert found.total == pytest.approx([9 / 25, 16 / 25], abs=5e-3)


def test_the_estimator_is_that_of_scipy():
    _, values = saltelli(ishigami, [-np.pi] * 3, [np.pi] * 3, n=256)
    A, B, *mixed = values.reshape(5, -1)
    peer = stats.sobol_indices(
        func={"f_A": A[None], "f_B": B[None], "f_AB": np.array(mixed)[:, None]}, n=256
    )
    found = sobol.indices(values, 3)
    # scipy divides by the variance of all A and B together, as we do.
    assert found.first == pytest.approx(peer.first_order.reshape(-1), abs=1e-12)
    assert found.total == pytest.approx(peer.total_order.reshape(-1), abs=1e-12)


def test_a_point_without_all_its_answers_is_left_out_whole():
    _, values = saltelli(ishigami, [-np.pi] * 3, [np.pi] * 3, n=64)
    holed = values.copy()
    holed[[3, 64 + 5, 4 * 64 + 7]] = np.nan
    keep = ~np.isin(np.arange(64), [3, 5, 7])
    found, alone = (
        sobol.indices(v, 3) for v in (holed, values.reshape(5, -1)[:, keep].reshape(-1))
    )
    assert found.used == 61
    assert np.array_equal(found.first, alone.first)


def test_what_does_not_vary_has_no_indices():
    found = sobol.indices(np.full(20, 3.0), 3)
    assert np.isnan(found.first).all()
    assert np.isnan(found.total_band).all()


@pytest.mark.parametrize(("size", "d"), [(7, 3), (0, 1), (5, 0)])
def test_answers_that_are_no_such_sample_are_refused(size, d):
    with pytest.raises(OptionError, match="no sample"):
        sobol.indices(np.zeros(size), d)


def test_too_few_complete_points_are_refused():
    values = np.arange(10.0)
    values[[0]] = np.nan
    with pytest.raises(OptionError, match="at least 2"):
        sobol.indices(values, 3)


def test_rank_correlation_is_spearmans_with_ties():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 80).astype(float), rng.normal(size=80)
    assert sobol.rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert np.isnan(sobol.rank_correlation(np.ones(5), np.arange(5.0)))


# --- tornado ------------------------------------------------------------------------------------


def test_the_tornado_says_share_direction_and_swing():
    x, values = saltelli(lambda x: 3 * x[:, 0] - 4 * x[:, 1], [0, 0], [1, 1])
    rows, tasks = frames(x, values, ["theta", "floor"])
    found = answers.tornado(rows, tasks, variable="real_income", sampling="saltelli")
    frame = found.tidy()

    def at(parameter, variable):
        return value(frame, parameter=parameter, variable=variable, bound="estimate")

    assert at("theta", "first_order") == pytest.approx(9 / 25, abs=5e-3)
    assert at("floor", "total_order") == pytest.approx(16 / 25, abs=5e-3)
    assert at("theta", "rank_correlation") > 0 > at("floor", "rank_correlation")
    # The mean of a uniform number over its lowest third is 1/6.
    assert at("theta", "swing_low") == pytest.approx(3 / 6 - 2, abs=0.02)
    assert at("theta", "swing_high") == pytest.approx(15 / 6 - 2, abs=0.02)
    assert set(frame["variable"]) <= set(VARIABLES)
    assert set(frame.loc[frame["variable"] == "swing_low", "unit"]) == {"percent"}
    assert found.warnings == ()


def test_other_designs_have_correlation_and_swing_alone():
    x = np.random.default_rng(0).random((60, 2))
    rows, tasks = frames(x, x[:, 0], ["a", "b"])
    frame = answers.tornado(rows, tasks, variable="real_income", sampling="lhs").tidy()
    assert set(frame["variable"]) == {"rank_correlation", "swing_low", "swing_high"}
    assert value(frame, parameter="a", variable="rank_correlation") == pytest.approx(1.0)


def test_choices_without_an_order_are_named_and_have_no_correlation():
    x = np.arange(10.0)[:, None]
    rows, tasks = frames(x, np.append(np.repeat([2.0, 1.0, 3.0], 3), 99.0), ["mixes"])
    tasks["mixes"] = [*np.repeat(["actual", "cr2014", "third"], 3), "drawn once"]
    frame = answers.tornado(rows, tasks, variable="real_income", sampling="random").tidy()
    assert frame[["bound", "variable", "value"]].to_numpy().tolist() == [
        ["cr2014", "swing_low", 1.0],
        ["third", "swing_high", 3.0],
    ]


def test_a_tornado_of_choices_drawn_once_each_says_what_it_takes():
    x = np.arange(9.0)[:, None]
    rows, tasks = frames(x, x[:, 0], ["elasticities"])
    tasks["elasticities"] = [f"own[{k}]" for k in range(9)]
    with pytest.raises(OptionError, match=r"elasticities has no order.*saltelli"):
        answers.tornado(rows, tasks, variable="real_income", sampling="random")


def test_shares_follow_their_parameter_whatever_the_order_of_models(small):
    scale = Distribution.of("elasticity_scale", {"loguniform": [0.5, 2.0]})
    floor = Distribution.of("floor", {"loguniform": [1e-4, 1e-3]})
    models = [
        Chosen(type="equilibrium", name=name, parameters={"elasticities": 4.0}, draw=draw)
        for name, draw in (
            ("one", {"elasticity_scale": scale, "floor": floor}),
            ("two", {"floor": floor, "elasticity_scale": scale}),
        )
    ]
    with ThreadPoolExecutor(1) as executor:
        run = start(replace(small, models=models, draws=16, sampling="saltelli"), executor=executor)
    frame = ask(run).tornado(variable="real_income", region="FRA", scenario="s000").tidy()
    for model in ("one", "two"):
        mine = frame[frame["model"] == model]
        shares = {
            name: value(mine, parameter=name, variable="total_order", bound="estimate")
            for name in ("elasticity_scale", "floor")
        }
        assert shares["elasticity_scale"] > 0.5 > shares["floor"]


def test_shares_with_wide_bands_are_said_to_say_little():
    few = frames(*saltelli(ishigami, [-np.pi] * 3, [np.pi] * 3, n=8), ["a", "b", "c"])
    found = answers.tornado(*few, variable="real_income", sampling="saltelli")
    assert any("the draws are too few" in said for said in found.warnings)


def test_a_number_with_too_few_answers_does_not_silence_the_others():
    x, values = saltelli(ishigami, [-np.pi] * 3, [np.pi] * 3, n=64)
    rows, tasks = frames(x, values, ["a", "b", "c"])
    other = rows.head(3).assign(region="B")
    found = answers.tornado(
        pd.concat([rows, other]), tasks, variable="real_income", sampling="saltelli"
    )
    assert set(found.tidy()["region"]) == set(rows["region"])
    assert any("1 numbers have no tornado" in said and "B" in said for said in found.warnings)


def test_a_task_without_an_answer_is_counted_and_named():
    x, values = saltelli(ishigami, [-np.pi] * 3, [np.pi] * 3, n=64)
    rows, tasks = frames(x, values, ["a", "b", "c"])
    rows = rows.drop(index=[3])
    found = answers.tornado(rows, tasks, variable="real_income", sampling="saltelli")
    assert any("1 of 320 tasks have no answer" in said for said in found.warnings)
    assert any("up to 1 points" in said for said in found.warnings)


def test_without_drawn_parameters_there_is_no_tornado():
    rows, tasks = frames(np.zeros((4, 0)), np.arange(4.0), [])
    with pytest.raises(OptionError, match="was drawn"):
        answers.tornado(rows, tasks, variable="real_income", sampling="sobol")


def test_two_draws_are_too_few():
    rows, tasks = frames(np.arange(2.0)[:, None], np.arange(2.0), ["a"])
    with pytest.raises(OptionError, match="at least 3"):
        answers.tornado(rows, tasks, variable="real_income", sampling="sobol")


# --- bands, chances -----------------------------------------------------------------------------


@pytest.fixture
def several():
    """Two scenarios, two regions, eleven draws: the answer is draw × weight."""
    parts = []
    for scenario, region, weight in (
        ("small", "A", -1.0), ("small", "B", -0.1), ("big", "A", -2.0), ("big", "B", -3.0),
    ):  # fmt: skip
        draws = np.arange(11.0)[:, None]
        parts.append(frames(draws, weight * draws[:, 0], ["a"], scenario=scenario, region=region))
    return pd.concat([p[0] for p in parts]), pd.concat([p[1] for p in parts])


def test_quantiles_are_those_of_the_draws(several):
    frame = answers.quantiles(*several, at=(0, 0.5, 1), scenario="big", region="B").tidy()
    assert frame["quantile"].tolist() == ["0", "0.5", "1"]
    assert frame["value"].tolist() == [-30.0, -15.0, 0.0]
    assert set(frame["unit"]) == {"percent"}


def test_the_share_beyond_a_threshold(several):
    found = answers.exceedance(*several, variable="real_income", threshold=-6.5)
    assert value(found.tidy(), scenario="small", region="A") == pytest.approx(4 / 11)
    assert value(found.tidy(), scenario="big", region="B") == pytest.approx(8 / 11)
    above = answers.exceedance(
        *several, variable="real_income", threshold=-6.5, side="above", scenario="big", region="B"
    )
    assert value(above.tidy()) == pytest.approx(3 / 11)
    assert "above -6.5" in above.question


def test_a_loss_that_grows_is_beyond_a_threshold_above_it(several):
    rows, tasks = several
    rows = rows.assign(variable="shortage", value=-rows["value"])
    found = answers.exceedance(rows, tasks, variable="shortage", threshold=6.5, scenario="small")
    assert value(found.tidy(), region="A") == pytest.approx(4 / 11)


def test_undefined_numbers_are_counted(several):
    rows, tasks = several
    rows = rows.assign(value=rows["value"].where(rows["value"] != -30.0))
    found = answers.quantiles(rows, tasks, at=(0,), scenario="big", region="B")
    assert found.tidy()["value"].tolist() == [-27.0]
    assert any("1 of 11 numbers are undefined" in said for said in found.warnings)


# --- ranking ------------------------------------------------------------------------------------


def test_the_costliest_come_first_with_whom_they_hit(several):
    frame = answers.ranking(*several, variable="real_income", band=(0, 1)).tidy()
    middle = frame[frame["quantile"] == "0.5"]
    assert middle["scenario"].tolist() == ["big", "small"]
    assert middle["region"].tolist() == ["B", "A"]
    assert middle["value"].tolist() == [-15.0, -5.0]
    assert frame["value"].tolist()[:3] == [-30.0, -15.0, 0.0]


def test_amounts_and_two_regions_at_once_are_refused(several):
    rows, tasks = several
    money = rows.assign(variable="imports", unit="million USD/yr")
    with pytest.raises(OptionError, match="imports is an amount"):
        answers.ranking(money, tasks, variable="imports")
    assert len(answers.ranking(money.assign(variable="income_loss"), tasks,
                               variable="income_loss").tidy())  # fmt: skip
    with pytest.raises(OptionError, match="named twice"):
        answers.ranking(rows, tasks, variable="real_income", of="A", region="B")


def test_a_ranking_by_the_region_a_scenario_is_about(several):
    found = answers.ranking(*several, variable="real_income", of={"small": "B", "big": "A"}, top=1)
    first = found.tidy()
    assert set(first["scenario"]) == {"big"}
    assert set(first["region"]) == {"A"}
    one = answers.ranking(*several, variable="real_income", of="A").tidy()
    assert set(one["region"]) == {"A"}


def test_what_grows_with_the_damage_ranks_the_other_way(several):
    rows, tasks = several
    rows = rows.assign(variable="income_loss", value=-rows["value"])
    frame = answers.ranking(rows, tasks, variable="income_loss").tidy()
    assert frame["scenario"].iloc[0] == "big"


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "options", "says"),
    [
        (answers.quantiles, {"at": (0.5, 0.5)}, "must rise"),
        (answers.quantiles, {"at": ()}, "must rise"),
        (answers.quantiles, {"at": (0.5, 1.1)}, "must rise"),
        (answers.exceedance, {"variable": "real_income", "threshold": np.nan}, "a number"),
        (answers.exceedance, {"variable": "real_income", "threshold": 1, "side": "up"}, "loss"),
        (answers.ranking, {"variable": "real_income", "band": (0.6, 0.9)}, "band"),
        (answers.ranking, {"variable": "real_income", "top": 0}, "at least 1"),
    ],
)
def test_options_that_cannot_be_used(several, call, options, says):
    with pytest.raises(OptionError, match=says):
        call(*several, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"variable": "real_incom"}, "did you mean real_income"),
        ({"variable": "real_income", "scenario": "bigg"}, "did you mean big"),
        ({"variable": "real_income", "regoin": "A"}, "unknown column"),
    ],
)
def test_unknown_labels_suggest_the_nearest(several, options, says):
    with pytest.raises(LabelError, match=says):
        answers.quantiles(*several, **options)


def test_a_ranking_needs_the_region_of_every_scenario(several):
    with pytest.raises(LabelError, match="big"):
        answers.ranking(*several, variable="real_income", of={"small": "A"})
