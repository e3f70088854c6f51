"""Elasticities: conversions that refuse slips, named sets, matching by label, draws."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autarky
from autarky.errors import DataError, LabelError, OptionError
from autarky.stress._elasticity_data import data
from autarky.stress.elasticities import (
    Elasticities,
    elasticities,
    elasticities_of,
    elasticity_sets,
    elasticity_systems,
    flat,
    horizon_factor,
)
from strategies import random_table

WIOD = [f"c{i}" for i in range(1, 36)]
GOOD = {"food": 2.55, "cars": 0.8, "paper": 9.0}
THETA = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.6, 60), min_size=1)


# --- conversions ----------------------------------------------------------------------------------


@given(THETA)
def test_every_statement_of_theta_is_the_same_theta(theta):
    stated = [
        Elasticities.from_theta(theta),
        Elasticities.from_trade_elasticity({k: -v for k, v in theta.items()}),
        Elasticities.from_sigma({k: v + 1 for k, v in theta.items()}),
        Elasticities.from_inverse({k: 1 / v for k, v in theta.items()}),
        Elasticities.from_tariff_coefficient({k: -v - 1 for k, v in theta.items()}, trade="net"),
        Elasticities.from_tariff_coefficient({k: -v for k, v in theta.items()}, trade="gross"),
    ]
    for one in stated:
        assert dict(one.values) == pytest.approx(theta)
    kinds = [one.kind for one in stated]
    assert kinds[:3] == ["theta", "trade_elasticity", "sigma"]
    assert kinds[3:] == ["one_over_theta", "tariff_net", "tariff_gross"]


@pytest.mark.parametrize(
    ("make", "values", "match"),
    [
        (Elasticities.from_theta, {"a": -5.0}, "positive"),
        (Elasticities.from_theta, {"a": 0.0}, "positive"),
        (Elasticities.from_theta, {"a": 0.2, "b": 0.12, "c": 0.4}, r"median θ.*from_inverse"),
        (Elasticities.from_theta, {"a": 5.0, "b": 500.0}, r"outside \[0.1, 100\].*b 500"),
        (Elasticities.from_theta, {"a": np.nan}, "not finite"),
        (Elasticities.from_theta, {}, "no values"),
        (Elasticities.from_trade_elasticity, {"a": 5.0}, "must be negative"),
        (Elasticities.from_sigma, {"a": 1.0}, "must be above 1"),
        (Elasticities.from_sigma, {"a": -4.0}, "must be above 1"),
        (Elasticities.from_inverse, {"a": 8.11, "b": 4.0}, "these look like θ"),
        (Elasticities.from_inverse, {"a": -0.2}, "above 0"),
    ],
)
def test_implausible_numbers_are_refused(make, values, match):
    with pytest.raises(OptionError, match=match):
        make(values)


@pytest.mark.parametrize(
    ("values", "trade", "match"),
    [
        ({"a": -0.5}, "net", "before tariffs it must be below -1"),
        ({"a": 2.0}, "gross", "with tariffs it must be below 0"),
        ({"a": -5.0}, "cif", "trade='cif' is not one of"),
    ],
)
def test_tariff_coefficients_are_refused(values, trade, match):
    with pytest.raises(OptionError, match=match):
        Elasticities.from_tariff_coefficient(values, trade=trade)


def test_net_and_gross_tariffs_differ_by_one():
    net = Elasticities.from_tariff_coefficient({"a": -5.0}, trade="net").values["a"]
    gross = Elasticities.from_tariff_coefficient({"a": -5.0}, trade="gross").values["a"]
    assert (net, gross) == (4.0, 5.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"values": {"a": -1.0}},
        {"values": {"a": np.inf}},
        {"values": {"a": 1.0}, "aggregate": 0.0},
        {"values": {}, "everywhere": -2.0},
    ],
)
def test_theta_is_positive_however_made(fields):
    with pytest.raises(OptionError, match="finite and above 0"):
        Elasticities(name="x", **fields)


def test_nothing_is_no_set():
    with pytest.raises(OptionError, match="have no values"):
        Elasticities(name="x")


@pytest.mark.parametrize("theta", [0.0, -5, 1e4, np.nan])
def test_flat_is_checked(theta):
    with pytest.raises(OptionError, match="it must lie in"):
        flat(theta)


# --- named sets -----------------------------------------------------------------------------------


def test_the_default_is_cr2014():
    assert elasticities().name == "cr2014" == data()["default"]
    assert elasticities().theta[16:].tolist() == [5.0] * 19
    assert list(elasticity_sets()) == [
        "cr2014",
        "cp_table1_99",
        "cp_table1_full",
        "cp_used",
        "fgh2022",
    ]


@pytest.mark.parametrize("name", elasticity_sets())
def test_every_set_has_a_source_and_all_its_sectors(name):
    one = elasticities(name)
    assert one.citation
    assert one.doi.startswith("10.")
    assert one.labels == tuple(data()["system"][one.system]["labels"])
    assert np.all(one.theta > 0)


@pytest.mark.parametrize("name", elasticity_sets())
@pytest.mark.parametrize("system", elasticity_systems())
def test_every_set_can_be_put_on_every_system(name, system):
    labels = data()["system"][system]["labels"]
    source, there = elasticities(name), elasticities(name).on(labels)
    assert there.labels == tuple(labels)
    # Means stay inside what they average.
    assert source.theta.min() - 1e-12 <= there.theta.min()
    assert there.theta.max() <= source.theta.max() + 1e-12


@pytest.mark.parametrize("system", elasticity_systems())
def test_concordances_name_known_sectors(system):
    entry, systems = data()["system"][system], data()["system"]
    for kind in ("from", "groups_of"):
        for base, members in entry.get(kind, {}).items():
            assert list(members) == entry["labels"]
            known = set(systems[base]["labels"])
            assert all(names and set(names) <= known for names in members.values())
            if kind == "groups_of":
                flat_list = [s for names in members.values() for s in names]
                assert sorted(flat_list) == sorted(known)


def test_groups_of_world_are_those_of_the_embedded_table():
    from autarky.sources.build_world import GROUPS

    groups = data()["system"]["world"]["groups_of"]["wiod2013"]
    assert groups == {g: [f"c{i}" for i in members] for g, (_, members) in GROUPS.items()}
    world = autarky.open("world", year=2008)
    assert elasticities().for_table(world).shape == (15,)


def test_a_group_keeps_the_first_order_cost_of_its_members():
    there = elasticities().on(list(data()["system"]["world"]["labels"]))
    imports = data()["imports"]["wiod2013"]
    c = elasticities().values
    expected = (imports["c1"] + imports["c3"]) / (imports["c1"] / c["c1"] + imports["c3"] / c["c3"])
    assert there.values["food"] == pytest.approx(expected)
    assert there.values["metals"] == pytest.approx(c["c12"])
    assert any("harmonic" in said for said in there.assumptions)


def test_import_weights_are_those_of_the_release(wiod2013_raw):
    raw = wiod2013_raw(2008)
    sold = raw["Z"].reshape(41, 35, 41, 35).sum(axis=3, dtype=float)
    sold += np.maximum(raw["Y"], 0).reshape(41, 35, 41, 5).sum(axis=3)
    abroad = sold.sum(axis=(0, 2)) - np.einsum("nsn->s", sold)
    listed = list(data()["imports"]["wiod2013"].values())
    assert listed == pytest.approx((abroad / 1e3).tolist(), abs=0.051)


def test_the_authors_own_values(shared_npz):
    raw = shared_npz("cp2015_nafta/cp2015_nafta.npz")
    used = elasticities("cp_used")
    assert used.labels == tuple(map(str, raw["sectors"]))
    assert used.theta == pytest.approx(raw["theta"])


def test_plain_means():
    full = elasticities("cp_table1_full").on(WIOD).values
    assert full["c12"] == pytest.approx((7.99 + 4.30) / 2)
    assert full["c15"] == pytest.approx((1.01 + 0.37) / 2)
    assert full["c5"] == 5.56


def test_an_unknown_name_is_answered():
    with pytest.raises(LabelError, match="did you mean cr2014"):
        elasticities("cr2015")
    with pytest.raises(LabelError, match="fgh2022"):
        elasticities("quite different")


# --- matching -------------------------------------------------------------------------------------


def test_own_sectors_in_another_order():
    table = random_table(0, 2, 3)
    own = Elasticities.from_theta({"c3": 3.0, "c1": 1.0, "c2": 2.0, "more": 9.0})
    assert own.for_table(table).tolist() == [1.0, 2.0, 3.0]


def test_sectors_without_a_value_are_named():
    with pytest.raises(OptionError, match=r"no value for 1 of 2 sectors: steel\. Give θ"):
        Elasticities.from_theta(GOOD).on(["food", "steel"])
    with pytest.raises(OptionError, match="no value for 2 of 36"):
        Elasticities.from_theta({k: 5.0 for k in WIOD[1:]}).on([*WIOD, "c36"])
    with pytest.raises(OptionError, match="no value for 1 of 36 sectors: c36"):
        elasticities().on([*WIOD, "c36"])


def test_values_can_be_replaced():
    changed = elasticities().with_values({"c15": 8.22})
    assert changed.values["c15"] == 8.22
    assert elasticities().values["c15"] == 0.37
    assert "c15 8.22" in changed.assumptions[-1]
    with pytest.raises(LabelError, match="did you mean c15"):
        elasticities().with_values({"c155": 1.0})
    mixed = flat(5).with_values({"cars": 1.0}).on(["food", "cars"])
    assert mixed.theta.tolist() == [5.0, 1.0]


def test_what_may_be_given():
    assert elasticities_of("cr2014").name == "cr2014"
    assert elasticities_of(5).everywhere == 5.0
    assert dict(elasticities_of(GOOD).values) == GOOD
    own = Elasticities.from_theta(GOOD)
    assert elasticities_of(own) is own


def test_pickle():
    one = elasticities("fgh2022")
    back = pickle.loads(pickle.dumps(one))
    assert dict(back.values) == dict(one.values)
    assert back.citation == one.citation


# --- horizons and draws ---------------------------------------------------------------------------


def test_horizons():
    assert horizon_factor("long") == 1.0
    assert horizon_factor("short") == pytest.approx(0.76 / 2.12)
    medium = elasticities().at_horizon("medium")
    assert medium.values["c1"] == pytest.approx(8.11 * 1.44 / 2.12)
    assert "interpolation" in medium.assumptions[-1]
    assert medium.aggregate == pytest.approx(5 * 1.44 / 2.12)
    assert elasticities().at_horizon("long").values == elasticities().values
    with pytest.raises(OptionError, match="not one of"):
        elasticities().at_horizon("day")
    with pytest.raises(OptionError, match="medium-run values already"):
        medium.at_horizon("short")


def test_draws_follow_their_sectors(tmp_path):
    own = Elasticities.from_theta({"a": 2.0, "b": 4.0, "c": 6.0})
    draws = np.array([[2.0, 4.0, 6.0], [1.0, 3.0, 5.0]])
    coefficients = -draws - 1
    np.savez(tmp_path / "d.npz", draws=coefficients)
    np.save(tmp_path / "d.npy", draws)
    for source, kind in (
        (draws, "theta"),
        (tmp_path / "d.npy", "theta"),
        (tmp_path / "d.npz", "tariff_net"),
        (-draws, "tariff_gross"),
    ):
        got = own.with_draws(source, kind=kind)
        assert got.draws == pytest.approx(draws)
        assert got.on(["c", "a"]).draws == pytest.approx(draws[:, [2, 0]])
    assert not got.draws.flags.writeable
    short = got.at_horizon("short")
    assert short.draws == pytest.approx(draws * 0.76 / 2.12)


@pytest.mark.parametrize(
    ("draws", "options", "match"),
    [
        (np.ones((2, 2)), {"kind": "theta"}, "shape"),
        (np.ones(3), {"kind": "theta"}, "shape"),
        (np.ones((1, 3)), {"kind": "sigma"}, "kind='sigma' is not one of"),
        ([[1.0, 0.0, 2.0]], {"kind": "theta"}, "1 draws of θ .* give floor="),
        ([[1.0, 0.0, 2.0]], {"kind": "theta", "floor": 0.0}, "floor is 0.0"),
        ([[1.0, np.nan, 2.0]], {"kind": "theta"}, "finite"),
    ],
)
def test_draws_that_do_not_fit(draws, options, match):
    with pytest.raises(OptionError, match=match):
        Elasticities.from_theta({"a": 2.0, "b": 4.0, "c": 6.0}).with_draws(draws, **options)


def test_draws_below_the_floor_are_raised_and_counted():
    own = Elasticities.from_theta({"a": 2.0, "b": 4.0})
    got = own.with_draws([[0.0, 4.0], [2.0, 4.0]], kind="theta", floor=0.5)
    assert got.draws.tolist() == [[0.5, 4.0], [2.0, 4.0]]
    assert "25.0%" in got.assumptions[-1]


def test_files_that_hold_no_draws(tmp_path):
    own = Elasticities.from_theta({"a": 2.0})
    with pytest.raises(DataError, match="can be read"):
        own.with_draws(tmp_path / "none.npy", kind="theta")
    np.savez(tmp_path / "d.npz", other=np.ones((1, 1)))
    with pytest.raises(DataError, match="no such array"):
        own.with_draws(tmp_path / "d.npz", kind="theta")


def test_the_published_draws_average_to_the_printed_table(shared):
    path = shared / "wiod2016_cp2014" / "elasticity_draws.npz"
    if not path.is_file():
        pytest.skip("no elasticity draws")
    fgh = elasticities("fgh2022")
    with pytest.raises(OptionError, match="give floor="):
        fgh.with_draws(path, kind="tariff_net")
    drawn = fgh.with_draws(path, kind="tariff_net", floor=1e-9)
    assert drawn.draws.shape == (1000, 50)
    assert drawn.draws.mean(axis=0) == pytest.approx(fgh.theta, abs=0.0051)
    assert drawn.on(WIOD).draws.shape == (1000, 35)
