"""The embedded table: sound, small, made by its recipe, and hardly moved by its short numbers."""

from __future__ import annotations

import hashlib
import re
import zlib
from importlib import resources

import numpy as np
import pytest

from autarky.errors import DataError, MissingTableError
from autarky.sources import build_world, wiod2013, world

#: Replacements of zlib (zlib-ng) deflate the same numbers to other bytes.
ORDINARY_ZLIB = re.fullmatch(r"1\.[23]\.[0-9.]+", zlib.ZLIB_RUNTIME_VERSION) is not None

YEARS = [1995, 2000, 2005, 2008, 2011]


def foreign_share(table) -> np.ndarray:
    """(R,) share of foreign value added in each region's final use."""
    origin = table.v[:, None] * np.asarray(table.L.solve(table.Y_by_region).values)
    by_region = table.industries.sum_by_region(origin)
    return 1 - np.diag(by_region) / by_region.sum(axis=0)


def look_through(table) -> np.ndarray:
    """(n,) share of foreign industries in all inputs of each industry, chains counted."""
    inverse = np.asarray(table.L.solve(np.eye(table.n)).values) - np.eye(table.n)
    by_region = table.industries.sum_by_region(inverse)
    home = by_region[table.industries.region_of, np.arange(table.n)]
    return 1 - home / by_region.sum(axis=0)


def test_it_has_the_years_promised():
    assert world.years() == YEARS


def test_it_fits_into_the_wheel():
    size = len(resources.files("autarky").joinpath("data", world.FILE).read_bytes())
    assert size <= 8_000_000


@pytest.mark.parametrize("year", YEARS)
def test_it_is_sound(year):
    table = world.read(year)
    assert (len(table.regions), len(table.sectors), len(table.uses.categories)) == (41, 15, 5)
    assert table.year == year
    assert str(table.unit) == "million USD"
    assert table.unit.prices == "current basic prices"
    gap = np.abs(table.x - table.Z.sum(axis=1) - table.Y.sum(axis=1))
    assert gap.max() <= 1e-9 * table.x.max()
    assert table.x.min() > 19, "no industry without output"
    assert table.value_added.min() > 12.6
    assert table.Z.min() >= 0
    assert {finding.severity for finding in table.check()} <= {"note"}


def test_labels_are_iso_codes_and_say_what_wiod_cannot_separate():
    table = world.read(2011)
    assert "ROU" in table.regions
    assert table.regions[-1] == "ROW"
    assert table.regions.title("KOR") == "South Korea"
    assert list(table.sectors) == list(build_world.GROUPS)
    assert "fuels and ores" in table.sectors.title("energy")
    assert "pharmaceuticals" in table.sectors.title("chemicals")
    assert "defence" in table.sectors.title("public_services")
    kinds = ("household", "npish", "government", "investment", "inventories")
    assert table.uses.kinds == kinds


def test_every_industry_of_the_release_is_in_one_group():
    members = [number for _, numbers in build_world.GROUPS.values() for number in numbers]
    assert sorted(members) == list(range(1, 36))
    assert len(build_world.GROUPS) == 15


def test_its_provenance_is_its_recipe():
    provenance = world.read(1995).provenance
    verbs = [step.verb for step in provenance.steps]
    assert verbs == ["read", "restore_rounding", "balance", "aggregate", "quantise"]
    assert provenance.steps[0].parameters["file"] == "wiod2013_1995.npz"
    assert "Timmer" in provenance.citation
    assert "CC BY 4.0" in provenance.licence
    assert provenance.faults


def test_foreign_value_added_in_final_use_2011():
    # Figures of the design, from the same recipe done once by other code.
    table = world.read(2011)
    share = 100 * foreign_share(table)
    assert share[table.regions.position("DEU")] == pytest.approx(25.53, abs=0.005)
    assert share[table.regions.position("KOR")] == pytest.approx(30.23, abs=0.005)


def test_value_added_adds_up_to_final_use():
    table = world.read(2008)
    assert table.value_added.sum() == pytest.approx(table.Y.sum(), rel=1e-12)


def test_accounts_beside_the_table():
    table = world.read(2008)
    rest = table.industries.block("ROW")
    basic = table.accounts["value_added_basic"]
    assert np.isnan(basic[rest]).all()
    assert np.isfinite(basic[: rest.start]).all()
    both = basic + table.accounts["primary_other"]
    np.testing.assert_allclose(both[: rest.start], table.value_added[: rest.start], rtol=1e-12)


def test_employment_adds_up_to_the_total_of_the_accounts(shared_npz):
    sea = shared_npz("wiod2013/sea.npz")
    table = world.read(2008)
    variable, year = list(sea["variables"]).index("EMP"), list(sea["years"]).index(2008)
    for code in ("DEU", "USA", "CHN"):
        total = sea["values"][list(sea["regions"]).index(code), variable, 0, year]
        found = table.accounts["employment"][table.industries.block(code)].sum()
        assert found == pytest.approx(total, rel=1e-5)


def test_a_year_that_is_not_there():
    with pytest.raises(MissingTableError, match=r"world:2007.*1995, 2000, 2005, 2008, 2011.*get"):
        world.read(2007)


def test_the_command_makes_the_same_bytes(shared):
    header, data = world.split(build_world.build(shared / "wiod2013", [2011]))
    shipped, all_data = world._file()
    assert {key: header[key] for key in ("regions", "sectors", "uses", "unit")} == {
        key: shipped[key] for key in ("regions", "sectors", "uses", "unit")
    }
    made, there = header["years"]["2011"], shipped["years"]["2011"]
    assert made["steps"] == there["steps"]
    for block in ("flows", "accounts"):
        new, old = made[block], there[block]
        fresh = data[new["offset"] : new["offset"] + new["nbytes"]]
        kept = all_data[old["offset"] : old["offset"] + old["nbytes"]]
        assert world.unpack(fresh).tobytes() == world.unpack(kept).tobytes()
        if ORDINARY_ZLIB:
            assert fresh == kept


@pytest.mark.slow
@pytest.mark.skipif(not ORDINARY_ZLIB, reason="this Python has another zlib")
def test_the_command_makes_the_whole_file(shared):
    shipped = resources.files("autarky").joinpath("data", world.FILE).read_bytes()
    made = build_world.build(shared / "wiod2013")
    assert hashlib.sha256(made).hexdigest() == hashlib.sha256(shipped).hexdigest()


def test_short_numbers_hardly_move_indicators(shared):
    exact = build_world.recipe(wiod2013.read(shared / "wiod2013", 2011))
    short = world.read(2011)
    # In percentage points: of an economy, and of its smallest industry.
    assert np.abs(100 * (foreign_share(exact) - foreign_share(short))).max() <= 6e-5
    assert np.abs(100 * (look_through(exact) - look_through(short))).max() <= 1.5e-4
    used = exact.x > 0
    np.testing.assert_allclose(short.x[used], exact.x[used], rtol=2**-16)


# --- how numbers are kept -------------------------------------------------------------------------


def test_packing_keeps_sixteen_bits():
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.lognormal(0, 8, 5000) * rng.choice([-1, 1], 5000), [0.0]])
    back = world.unpack(world.pack(values, bits=16)).astype(float)
    np.testing.assert_allclose(back, values, rtol=2**-17 * 1.01)
    assert back[-1] == 0
    assert np.all((back.astype("<f4").view("<u4") & 0x7F) == 0)


def test_packing_rounds_to_nearest_and_carries():
    values = np.array([2.0 - 2**-20, 1 + 2**-17, 1 + 3 * 2**-17])
    back = world.unpack(world.pack(values, bits=16)).astype(float)
    # The first carries into the exponent; the others are ties and go to the even neighbour.
    np.testing.assert_array_equal(back, [2.0, 1.0, 1 + 2**-15])


def test_packing_without_bits_keeps_floats_and_what_is_unknown():
    values = np.array([1.1, np.nan, -3.0])
    np.testing.assert_array_equal(world.unpack(world.pack(values)), values.astype("f4"))


@pytest.mark.parametrize("place", [0, 9, 20])
def test_a_damaged_beginning_is_an_error(place):
    data = bytearray(resources.files("autarky").joinpath("data", world.FILE).read_bytes())
    data[place] ^= 0xFF
    with pytest.raises(DataError, match="damaged"):
        world.split(bytes(data))


def test_a_flipped_bit_is_an_error(monkeypatch):
    header, data = world._file()
    place = header["years"]["2000"]["flows"]
    broken = bytearray(data)
    broken[place["offset"] + place["nbytes"] // 2] ^= 1
    monkeypatch.setattr(world, "_file", lambda: (header, bytes(broken)))
    assert world.read(1995).year == 1995
    with pytest.raises(DataError, match=r"damaged.*sha256.*Install autarky again"):
        world.read(2000)


def test_main_writes_what_build_makes(tmp_path, monkeypatch, capsys):
    target = tmp_path / "pkg" / "sources" / "build_world.py"
    monkeypatch.setattr(build_world, "__file__", str(target))
    monkeypatch.setattr(build_world, "build", lambda folder: f"made of {folder.name}".encode())
    assert build_world.main(["somewhere/wiod2013"]) == 0
    assert (tmp_path / "pkg" / "data" / world.FILE).read_bytes() == b"made of wiod2013"
    assert "16 bytes" in capsys.readouterr().out
