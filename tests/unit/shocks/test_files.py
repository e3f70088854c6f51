"""Scenario files: every fault is found, with its line, and nothing broken passes."""

import json
from dataclasses import replace

import pytest

from autarky.errors import DataError, ShockError
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
    Tariff,
    TradeCost,
    Transfer,
    from_dict,
    load_scenario,
    load_scenarios,
)
from autarky.shocks.files import KINDS, parse_scenario
from autarky.shocks.lines import find_lines

GOOD = """\
schema = 1
name = "winter"
title = "A cold winter"
horizon = 365

[[shocks]]
type = "embargo"
exporters = "RUS"
importers = ["EU27", "GBR"]   # a comment
sectors = ["energy"]
share = 0.8
duration = 180

[[shocks]]
type = "isolation"
region = ["TWN"]
start = 30
"""
SCENARIO = Scenario(
    "winter",
    [
        Embargo(
            exporters="RUS", importers=["EU27", "GBR"], sectors="energy", share=0.8, duration=180
        ),
        Isolation(region="TWN", start=30),
    ],
    title="A cold winter",
    horizon=365,
)  # fmt: skip
EVERYTHING = Scenario(
    'quotes " and \\ and ünï 北',
    [
        Embargo(
            exporters=["A b", "C"], importers="*", share=1 / 3, mutual=True, start=1.5, duration=10
        ),
        Isolation(region=["x y-ü", "#[]{}=,"], start=20, duration=1e16, recovery=0),
        TradeCost(exporters="A b", importers="D", factor=1e-300, duration=1e-7),
        Tariff(importers="*", exporters="*", rate=0.1, sectors="s"),
        CapacityLoss(regions="*", share=0),
        DemandShift(regions="A b", sectors=["s", "t"], change=-1),
        Transfer(payers="A b", receivers="*", amount=1),
        StockRelease(regions="C", days=90, of="use"),
        CapacityLoss(regions="D", share=0.1, start=5, duration=1, recovery=2, curve="convex"),
        CapitalLoss(
            regions="D",
            sectors="s",
            share=0.25,
            duration=30,
            rebuilding_days=99.5,
            rebuilders={"a.b": 1 / 3, 'quoted " ü': 2 / 3},
            capital_ratio=2,
        ),
    ],
    horizon=1e300,
    title="two\nlines\tand\x7fmore\x00",
    source="…",
    groups_year=2011,
)


def _write(tmp_path, text, name="winter.toml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _fault(tmp_path, text, name="winter.toml"):
    with pytest.raises(DataError) as caught:
        load_scenario(_write(tmp_path, text, name))
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith(f"file {tmp_path / name}")
    return caught.value


def test_a_file_becomes_a_scenario(tmp_path):
    assert load_scenario(_write(tmp_path, GOOD)) == SCENARIO
    assert load_scenario(str(_write(tmp_path, GOOD))) == SCENARIO
    assert load_scenario(_write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())) == SCENARIO
    assert load_scenario(_write(tmp_path, GOOD.replace("\n", "\r\n"))) == SCENARIO
    as_json = json.dumps(SCENARIO.to_dict())
    assert load_scenario(_write(tmp_path, as_json, "winter.JSON")) == SCENARIO


@pytest.mark.parametrize("scenario", [SCENARIO, EVERYTHING], ids=["winter", "everything"])
def test_what_is_written_is_read_back(tmp_path, scenario):
    assert load_scenario(_write(tmp_path, scenario.to_toml())) == scenario
    assert load_scenario(_write(tmp_path, scenario.to_json(), "s.json")) == scenario
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert json.loads(scenario.to_json()) == scenario.to_dict()


def test_every_type_is_in_the_example():
    assert {shock.kind for shock in EVERYTHING.shocks} == set(KINDS)


def test_the_layout_is_pinned():
    # Files that people keep must stay readable: change this only with a new schema version.
    assert (
        SCENARIO.to_toml()
        == """\
schema = 1
name = "winter"
horizon = 365
title = "A cold winter"

[[shocks]]
type = "embargo"
exporters = ["RUS"]
importers = ["EU27", "GBR"]
sectors = ["energy"]
share = 0.8
duration = 180

[[shocks]]
type = "isolation"
region = ["TWN"]
start = 30
"""
    )
    assert set(KINDS) == {
        "embargo",
        "isolation",
        "trade_cost",
        "tariff",
        "capacity_loss",
        "demand_shift",
        "transfer",
        "stock_release",
        "capital_loss",
    }


# --- broken files: exit 3, with the line --------------------------------------------------------

BROKEN = {
    # what is replaced by what: row, column, and what the message says
    "syntax": ("share = 0.8", "share = ", 11, 9, "no valid TOML: Invalid value"),
    "twice": ("share = 0.8", "share = 0.8\nshare = 0.9", 12, 12, "Cannot overwrite a value"),
    "end": ('region = ["TWN"]\nstart = 30\n', 'region = ["TWN"', 16, None, "no valid TOML"),
    "digits": ("share = 0.8", f"share = {'9' * 5000}", None, None, "no valid TOML"),
    "unknown key": ("share =", "shar =", 11, "shocks[0].shar", "Did you mean 'share'?"),
    "unknown head": ("title =", "titel =", 3, "titel", "Did you mean 'title'?"),
    "not here": ("start = 30", "share = 1", 17, "shocks[1].share", "unknown key"),
    "type of number": ("0.8", '"0.8"', 11, "shocks[0].share", "which is not a number"),
    "type of switch": ("share = 0.8", "mutual = 1", 11, "shocks[0].mutual", "true or false"),
    "type of label": ('"GBR"]', "5]", 9, "shocks[0].importers", "has 5, which is not text"),
    "date": ("0.8", "2022-02-24 10:00:00", 11, "shocks[0].share", "which is not a number"),
    "label table": ('"RUS"', "{a = 1}", 8, "shocks[0].exporters", "expected a label"),
    "missing field": ('exporters = "RUS"\n', "", 6, "shocks[0].exporters", "exporters is missing"),
    "unknown type": ('"embargo"', '"embargoo"', 7, "shocks[0].type", "Did you mean 'embargo'?"),
    "class name": ('"embargo"', '"TradeCost"', 7, "shocks[0].type", "Did you mean 'trade_cost'?"),
    "type is list": ('"embargo"', "[1]", 7, "shocks[0].type", "unknown type of shock"),
    "missing type": ('type = "embargo"\n', "", 6, "shocks[0].type", "found 'nothing'"),
    "no name": ('name = "winter"\n', "", 1, "name", "name is missing"),
    "name type": ('"winter"', "5", 2, "name", "name is 5"),
    "horizon type": ("365", "true", 4, "horizon", "horizon is True, which is not a number"),
    "no schema": ("schema = 1\n", "", 1, "schema", "missing or wrong; found 'nothing'"),
    "schema text": ("schema = 1", 'schema = "1"', 1, "schema", "expected schema = 1"),
    "schema bool": ("schema = 1", "schema = true", 1, "schema", "expected schema = 1"),
    "schema old": ("schema = 1", "schema = 0", 1, "schema", "expected schema = 1"),
    "schema new": ("schema = 1", "schema = 2", 1, "schema", "newer version of this library"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused_with_the_line(tmp_path, case):
    old, new, row, column, says = BROKEN[case]
    assert old in GOOD
    error = _fault(tmp_path, GOOD.replace(old, new, 1))
    assert (error.row, error.column) == (row, column)
    assert says in str(error)


@pytest.mark.parametrize(
    ("text", "row", "says"),
    [
        ('schema = 1\nname = "x"\n', 1, "shocks is missing"),
        ('schema = 1\nname = "x"\n\n[shocks]\ntype = "tariff"\n', 4, "shocks is no list"),
        ('schema = 1\nname = "x"\nshocks = [\n  1,\n]\n', 4, "no shock; found '1'"),
        ("", 1, "version of the layout is missing"),
        ('name = "x"\nshocks = []', 1, "version of the layout is missing"),
    ],
)
def test_files_without_shocks_are_refused(tmp_path, text, row, says):
    error = _fault(tmp_path, text)
    assert error.row == row
    assert says in str(error)


def test_all_faults_are_listed(tmp_path):
    text = GOOD.replace("share = 0.8", "shar = 0.8").replace('"TWN"', "5").replace("180", "-1")
    error = _fault(tmp_path, text.replace("365", '"x"'))
    assert [(p.row, p.column) for p in error.problems] == [
        (11, "shocks[0].shar"),
        (16, "shocks[1].region"),
        (4, "horizon"),
    ]
    assert "4 faults in all; the next: row 16, shocks[1].region: region has 5" in str(error)
    assert "row 12, shock 1: duration is -1" in str(error)  # impossible, beside what is broken


JSON_BROKEN = {
    "comma": ('{"schema": 1,\n "name": "x",\n}', 3, 1, "no valid JSON"),
    "nan": ('{"schema": 1, "horizon": NaN}', None, None, "NaN is not a number that JSON knows"),
    "twice": ('{"schema": 1,\n "name": "x",\n "name": "y"}', 3, "name", "a key is there twice"),
    "list": ("[1]", None, None, "no scenario; found 'list'; expected an object"),
    "empty": ("", 1, 1, "no valid JSON"),
    "deep": ("[" * 100_000, None, None, "no valid JSON"),
    "digits": ('{"schema": ' + "9" * 5000 + "}", None, None, "no valid JSON"),
}


@pytest.mark.parametrize("case", JSON_BROKEN)
def test_broken_json_is_refused_with_the_line(tmp_path, case):
    text, row, column, says = JSON_BROKEN[case]
    error = _fault(tmp_path, text, "x.json")
    assert (error.row, error.column) == (row, column)
    assert says in str(error)


def test_json_faults_have_their_line_too(tmp_path):
    text = SCENARIO.to_json()
    row = text[: text.index('"share"')].count("\n") + 1
    error = _fault(tmp_path, text.replace('"share": 0.8', '"share": "much"'), "x.json")
    assert (error.row, error.column) == (row, "shocks[0].share")


def test_a_key_of_the_same_name_elsewhere_is_not_taken_for_it(tmp_path):
    head = 'schema = 1\nname = "x"\ntitle = """\nshare = 5\n[[shocks]]\n"""\n'
    text = head + '[[shocks]]\ntype = "embargo"\nexporters = ["share", "]"]\nimporters = "B"\n'
    error = _fault(tmp_path, text + "share = [[[]]]\n")
    assert (error.row, error.column) == (11, "shocks[0].share")
    inline = 'schema = 1\nname = "x"\nshocks = [\n  {type = "isolation", region = [\n"A"]},\n  '
    inline += '{type = "tariff", importers = "A", rate = "1"}\n]\n'
    error = _fault(tmp_path, inline)
    assert (error.row, error.column) == (6, "shocks[1].rate")
    quoted = GOOD.replace("share = 0.8", '"share" = "x"')
    assert _fault(tmp_path, quoted).row == 11


CAPITAL = """\
schema = 1
name = "flood"

[[shocks]]
type = "capital_loss"
regions = ["DEU"]
sectors = ["vehicles"]
share = 0.2
rebuilding_days = 180
duration = 30

[shocks.rebuilders]
construction = 0.7
machinery = 0.3
"""
FLOOD = CapitalLoss(
    regions="DEU", sectors="vehicles", share=0.2, duration=30, rebuilding_days=180,
    rebuilders={"construction": 0.7, "machinery": 0.3},
)  # fmt: skip


def test_shares_are_a_table_of_their_own_or_in_a_line(tmp_path):
    scenario = Scenario("flood", [FLOOD])
    assert load_scenario(_write(tmp_path, CAPITAL)) == scenario
    assert scenario.to_toml() == CAPITAL[: CAPITAL.index("rebuilding_days")] + (
        "rebuilding_days = 180\n"
        'rebuilders = {"construction" = 0.7, "machinery" = 0.3}\nduration = 30\n'
    )
    assert load_scenario(_write(tmp_path, scenario.to_toml())) == scenario
    assert load_scenario(_write(tmp_path, scenario.to_json(), "s.json")) == scenario


CAPITAL_BROKEN = {
    "type of share": ("0.7", '"most"', 13, "rebuilders.construction is 'most', which is not a num"),
    "switch": ("0.3", "true", 14, "rebuilders.machinery is True, which is not a number"),
    "list": ("[shocks.rebuilders]\nconstruction = 0.7\nmachinery = 0.3\n",
             'rebuilders = ["construction"]\n', 12, "sectors with a share each"),
    "type of days": ("180", '"half a year"', 9, "rebuilding_days is 'half a year'"),
    "type of curve": ("share", "curve = 1\nshare", 8, "expected 'linear' or 'convex'"),
    "unknown key": ("rebuilding_days", "rebuild_days", 9, "Did you mean 'rebuilding_days'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", CAPITAL_BROKEN)
def test_broken_losses_of_capital_have_their_line(tmp_path, case):
    old, new, row, says = CAPITAL_BROKEN[case]
    assert old in CAPITAL
    error = _fault(tmp_path, CAPITAL.replace(old, new, 1))
    assert error.row == row
    assert says in str(error)


CAPITAL_IMPOSSIBLE = {
    "share": ("0.2", "20", "row 8, shock 1: share is 20; it must be at least 0 and at most 1"),
    "days": ("180", "0", "row 9, shock 1: rebuilding_days is 0; it must be at least 1"),
    "one share": ("0.7", "70", "row 13, shock 1: rebuilders.construction is 70; it must be above"),
    "label": ("machinery", '"mach "', "row 14, shock 1: rebuilders has 'mach ': name sectors"),
    "sum": ("0.3", "0.2", "row 12, shock 1: rebuilders add up to 0.9; shares of a whole must"),
    "empty": ("construction = 0.7\nmachinery = 0.3\n", "",
              "row 12, shock 1: rebuilders is empty"),
    "no duration": ("duration = 30\n", "", "row 9, shock 1: rebuilding_days needs a duration"),
    "both": ("share", "recovery = 5\nshare", "row 8, shock 1: recovery and rebuilding_days are bo"),
    "nobody": ("\n[shocks.rebuilders]\nconstruction = 0.7\nmachinery = 0.3\n", "",
               "row 4, shock 1: rebuilders is missing"),
    "curve": ("share", 'curve = "convex"\nshare', "row 8, shock 1: curve is 'convex' without"),
    "curve word": ("share", 'curve = "s"\nshare', "row 8, shock 1: curve is 's'; it must be"),
    "ratio": ("share", "capital_ratio = 0\nshare", "row 8, shock 1: capital_ratio is 0; it must"),
}  # fmt: skip


@pytest.mark.parametrize("case", CAPITAL_IMPOSSIBLE)
def test_impossible_losses_of_capital_have_their_line(tmp_path, case):
    old, new, says = CAPITAL_IMPOSSIBLE[case]
    assert old in CAPITAL
    path = _write(tmp_path, CAPITAL.replace(old, new, 1))
    with pytest.raises(ShockError) as caught:
        load_scenario(path)
    assert str(caught.value).startswith(f"file {path}: {says}")
    assert len(caught.value.problems) == 1


def test_shares_in_json_have_their_line_too(tmp_path):
    text = Scenario("flood", [FLOOD]).to_json()
    row = text[: text.index('"machinery"')].count("\n") + 1
    error = _fault(tmp_path, text.replace('"machinery": 0.3', '"machinery": []'), "x.json")
    assert error.row == row
    twice = text.replace('"machinery": 0.3', '"machinery": 0.3,\n"machinery": 0.3')
    assert "a key is there twice" in str(_fault(tmp_path, twice, "y.json"))


def test_lines_of_nested_tables_and_dotted_keys():
    text = "a.b = 1\n[c.d]\ne = '''\n#'''\n[[c.f]]\n[c.f.g]\nh = 1\n[[c.f]]\n'i j' = \"\\\"\" # x\n"
    lines = find_lines(text, "toml")
    assert lines["a", "b"] == 1
    assert lines["c", "d", "e"] == 3
    assert lines["c", "f", 0] == 5
    assert lines["c", "f", 0, "g", "h"] == 7
    assert lines["c", "f", 1] == 8
    assert lines["c", "f", 1, "i j"] == 9


def test_other_files_are_refused(tmp_path):
    assert "expected a name in .toml or .json" in str(_fault(tmp_path, GOOD, "winter.yaml"))
    error = _fault(tmp_path, b"schema = 1\nname = '\xff'", "x.toml")
    assert (error.row, error.hint) == (2, "Save it as UTF-8")
    with pytest.raises(DataError, match="the file is missing"):
        load_scenario(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        load_scenario(tmp_path / "folder.toml")


def test_a_file_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("autarky.shocks.files.LARGEST", 10)
    assert "too large for a scenario" in str(_fault(tmp_path, GOOD))


# --- well written, but impossible: exit 2, with the line ----------------------------------------

IMPOSSIBLE = {
    "share": ("0.8", "1.2", "row 11, shock 1: share is 1.2; it must be at least 0 and at most 1"),
    "nan": ("0.8", "nan", "row 11, shock 1: share is nan"),
    "negative": ("180", "-1", "row 12, shock 1: duration is -1"),
    "empty": ('["TWN"]', "[]", "row 16, shock 2: region is empty"),
    "itself": ('["EU27", "GBR"]', '"RUS"', "row 9, shock 1: RUS is on both sides"),
    "late": (
        "start = 30",
        "start = 400",
        "row 14, shock 2 (isolation of TWN, from day 400) begins",
    ),
    "name": ('"winter"', '""', "row 2, name is ''; it must be one line"),
    "contradiction": (
        '["TWN"]',
        '["RUS"]\n\n[[shocks]]\ntype = "embargo"\nexporters = "RUS"\n'
        'importers = "TWN"\nshare = 0.5',
        "row 18, shock 2 (isolation of RUS) and shock 3 (embargo RUS → TWN",
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_content_is_refused_with_the_line(tmp_path, case):
    old, new, says = IMPOSSIBLE[case]
    assert old in GOOD
    path = _write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ShockError) as caught:
        load_scenario(path)
    assert str(caught.value).startswith(f"file {path}: {says}")
    assert caught.value.exit_code == 2


def test_an_empty_list_of_shocks_is_impossible(tmp_path):
    path = _write(tmp_path, 'schema = 1\nname = "x"\nshocks = []\n')
    with pytest.raises(ShockError, match="row 3, shocks is empty: a scenario has at least one"):
        load_scenario(path)


def test_several_impossible_things_come_together(tmp_path):
    text = GOOD.replace("0.8", "1.2").replace("180", "0").replace("365", "-1")
    with pytest.raises(ShockError) as caught:
        load_scenario(_write(tmp_path, text))
    assert len(caught.value.problems) == 3


# --- plain values, and several files ------------------------------------------------------------


def test_plain_values_are_checked_like_files():
    with pytest.raises(DataError, match=r"^no scenario; found 'list'"):
        from_dict([1])
    values = SCENARIO.to_dict()
    values["shocks"][1]["regoin"] = ["X"]
    with pytest.raises(DataError, match=r"^column shocks\[1\].regoin: unknown key.*'region'"):
        from_dict(values)
    values = SCENARIO.to_dict() | {"shocks": [{"type": "isolation", "region": []}]}
    with pytest.raises(ShockError, match=r"^shock 1: region is empty"):
        from_dict(values)
    with pytest.raises(DataError, match="unknown key; found '5'"):
        from_dict(SCENARIO.to_dict() | {5: 1})


def test_reading_plain_values_leaves_them_alone():
    values = SCENARIO.to_dict()
    text = json.dumps(values)
    from_dict(values)
    assert json.dumps(values) == text


def test_names_of_several_files_differ(tmp_path):
    one = _write(tmp_path, SCENARIO.to_toml(), "one.toml")
    other = _write(tmp_path, replace(SCENARIO, name="summer").to_json(), "two.json")
    found = load_scenarios([one, other])
    assert list(found) == ["winter", "summer"]
    again = _write(tmp_path, SCENARIO.to_json(), "three.json")
    with pytest.raises(DataError, match=r"two scenarios have the same name.*another name than in"):
        load_scenarios([one, other, again])


def test_a_text_needs_no_file():
    assert parse_scenario(GOOD, "toml") == SCENARIO
    with pytest.raises(DataError, match=r"^row 11, column 9: no valid TOML"):
        parse_scenario(GOOD.replace("0.8", ""), "toml")


def test_a_hint_that_is_a_question_ends_as_one():
    text = (
        'schema = 1\nname = "a"\n\n[[shocks]]\ntype = "embargo"\nexporters = "A"\nimporter = "B"\n'
    )
    with pytest.raises(DataError, match=r"Did you mean 'importers'\? 2 faults in all"):
        parse_scenario(text, "toml")
