"""The nine and the sixteen terms against the papers' equations, written out block by block."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.leontief import LeontiefOperator, operator
from autarky.measure.exports import value_added_in_exports
from autarky.measure.kww import TERMS as KWW
from autarky.measure.kww import kww
from autarky.measure.wwz import TERMS as WWZ
from autarky.measure.wwz import TO_KWW, wwz
from autarky.table import Table
from strategies import ragged_table, random_table

TABLES = {
    "regular": lambda: random_table(11, R=4, S=3, F=2, negatives=True),
    "zero outputs": lambda: random_table(12, R=3, S=4, zero_outputs=3),
    "ragged": lambda: ragged_table(13, counts=(2, 4, 1, 3), zero_outputs=1, negatives=True),
    "sparse": lambda: random_table(14, R=5, S=2, density=0.4),
    "two regions": lambda: random_table(15, R=2, S=3),
}


@pytest.fixture(params=TABLES, ids=str)
def table(request):
    return TABLES[request.param]()


class Blocks:
    """A, L, v, Y and x as the papers index them: B[r, s] is a block, Yd[r, s] a vector."""

    def __init__(self, table):
        A = np.zeros_like(table.Z)
        live = table.x > 0
        A[:, live] = table.Z[:, live] / table.x[live]
        v = np.where(live, 1 - A.sum(axis=0), 0.0)
        L = np.linalg.inv(np.eye(table.n) - A)
        self.R = range(len(table.regions))
        cut = [table.industries.block(r) for r in self.R]
        self.A = {(r, s): A[cut[r], cut[s]] for r in self.R for s in self.R}
        self.B = {(r, s): L[cut[r], cut[s]] for r in self.R for s in self.R}
        self.home = [np.linalg.inv(np.eye(len(self.A[r, r])) - self.A[r, r]) for r in self.R]
        self.v = [v[c] for c in cut]
        self.x = [table.x[c] for c in cut]
        self.Y = {(r, s): table.Y_by_region[cut[r], s] for r in self.R for s in self.R}
        self.flow = {
            (s, r): self.A[s, r] @ self.x[r] + self.Y[s, r]
            for s in self.R
            for r in self.R
            if r != s
        }
        self.e = [sum(self.flow[s, r] for r in self.R if r != s) for s in self.R]

    def kww(self, s):
        """Equation 36."""
        A, B, Y, v, home = self.A, self.B, self.Y, self.v, self.home
        others = [r for r in self.R if r != s]
        foreign = sum(v[t] @ B[t, s] for t in others)
        return [
            sum(v[s] @ B[s, s] @ Y[s, r] for r in others),
            sum(v[s] @ B[s, r] @ Y[r, r] for r in others),
            sum(v[s] @ B[s, r] @ Y[r, t] for r in others for t in others if t != r),
            sum(v[s] @ B[s, r] @ Y[r, s] for r in others),
            sum(v[s] @ B[s, r] @ A[r, s] @ home[s] @ Y[s, s] for r in others),
            sum(v[s] @ B[s, r] @ A[r, s] @ home[s] @ self.e[s] for r in others),
            sum(foreign @ Y[s, r] for r in others),
            sum(foreign @ A[s, r] @ home[r] @ Y[r, r] for r in others),
            sum(foreign @ A[s, r] @ home[r] @ self.e[r] for r in others),
        ]

    def wwz(self, s, r):
        """Equation 37, one vector per term, by exporting sector."""
        A, B, Y, v, home = self.A[s, r], self.B, self.Y, self.v, self.home
        zero = np.zeros(len(self.x[r]))
        third = [t for t in self.R if t not in {s, r}]
        inner, full = v[s] @ home[s], v[s] @ B[s, s]
        partner = v[r] @ B[r, s]
        rest = sum((v[t] @ B[t, s] for t in third), start=np.zeros(len(self.x[s])))
        abroad = [u for u in self.R if u != s]
        at_partner = [self.home[r] @ Y[r, r], self.home[r] @ self.e[r]]
        return [
            full * Y[s, r],
            inner * (A @ B[r, r] @ Y[r, r]),
            inner * (A @ sum((B[r, t] @ Y[t, t] for t in third), start=zero)),
            inner * (A @ B[r, r] @ sum((Y[r, t] for t in third), start=zero)),
            inner
            * (A @ sum((B[r, t] @ Y[t, u] for t in third for u in abroad if u != t), start=zero)),
            inner * (A @ B[r, r] @ Y[r, s]),
            inner * (A @ sum((B[r, t] @ Y[t, s] for t in third), start=zero)),
            inner * (A @ B[r, s] @ Y[s, s]),
            inner * (A @ B[r, s] @ sum(Y[s, t] for t in abroad)),
            (full - inner) * (A @ self.x[r]),
            partner * Y[s, r],
            partner * (A @ at_partner[0]),
            partner * (A @ at_partner[1]),
            rest * Y[s, r],
            rest * (A @ at_partner[0]),
            rest * (A @ at_partner[1]),
        ]


def test_kww_is_equation_36(table):
    blocks, result = Blocks(table), kww(table)
    for s in blocks.R:
        got = [result[name][s] for name in KWW]
        np.testing.assert_allclose(got, blocks.kww(s), rtol=1e-10, atol=1e-11 * table.x.sum())
        assert result["exports"][s] == pytest.approx(blocks.e[s].sum(), rel=1e-12)


def test_wwz_is_equation_37(table):
    blocks, result = Blocks(table), wwz(table, by="sector")
    for s in blocks.R:
        rows = table.industries.block(s)
        for r in blocks.R:
            got = np.array([result[name][rows, r] for name in WWZ])
            expected = np.array(blocks.wwz(s, r)) if r != s else np.zeros_like(got)
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-11 * table.x.sum())


def test_kww_against_borin_and_mancini(table):
    nine, parts = kww(table), value_added_in_exports(table)
    tight = {"rtol": 1e-10, "atol": 1e-10 * table.x.sum()}
    np.testing.assert_allclose(sum(nine[name] for name in KWW), parts["exports"], **tight)
    np.testing.assert_allclose(sum(nine[name] for name in KWW[:5]), parts["dva"], **tight)
    np.testing.assert_allclose(sum(nine[name] for name in KWW[:3]), parts["vax"], **tight)
    np.testing.assert_allclose(nine["kww_ddc"], parts["ddc"], **tight)
    np.testing.assert_allclose(sum(nine[name] for name in KWW[6:]), parts["fc"], **tight)
    assert not any("the terms miss" in warning for warning in nine.warnings)


def test_wwz_adds_up_to_bilateral_exports_and_to_kww(table):
    sixteen, nine = wwz(table), kww(table)
    blocks = Blocks(table)
    tight = {"rtol": 1e-10, "atol": 1e-10 * table.x.sum()}
    flows = np.array(
        [[blocks.flow[s, r].sum() if r != s else 0.0 for r in blocks.R] for s in blocks.R]
    )
    np.testing.assert_allclose(sixteen["exports"], flows, **tight)
    np.testing.assert_allclose(sum(sixteen[name] for name in WWZ), flows, **tight)
    for name, terms in zip(KWW, TO_KWW, strict=True):
        summed = sum(sixteen[WWZ[k]] for k in terms).sum(axis=1)
        np.testing.assert_allclose(summed, nine[name], **tight)
    assert not any("the terms miss" in warning for warning in sixteen.warnings)


def test_levels_of_wwz_add_up(table):
    sector, partner, region = (wwz(table, by=by) for by in ("sector", "partner", "region"))
    for name in ("exports", *WWZ):
        sums = table.industries.sum_by_region(sector[name])
        np.testing.assert_allclose(partner[name], sums, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(region[name], sums.sum(axis=1), rtol=1e-12, atol=1e-9)


def test_a_group_is_one_exporter():
    table = TABLES["regular"]()
    members = ["DEU", "USA"]
    parts = value_added_in_exports(table, group=members)
    nine, sixteen = kww(table, group=members), wwz(table, group=members)
    assert sum(nine[name] for name in KWW) == pytest.approx(parts["exports"])
    assert sum(nine[name] for name in KWW[:5]) == pytest.approx(parts["dva"])
    assert sum(nine[name] for name in KWW[:3]) == pytest.approx(parts["vax"])
    inside = table.regions.locate(members)
    for name, terms in zip(KWW, TO_KWW, strict=True):
        bilateral = sum(sixteen[WWZ[k]] for k in terms)
        assert not bilateral[0, inside].any()
        assert bilateral.sum() == pytest.approx(nine[name][0], rel=1e-10)
    by_sector = wwz(table, group=members, by="sector")
    assert by_sector["exports"].shape == (len(table.sectors), len(table.regions))
    assert by_sector["exports"].sum() == pytest.approx(parts["exports"][0])


def test_some_exporters_are_those_of_all(table):
    label = table.regions[0]
    for measure, names in ((kww, KWW), (wwz, WWZ)):
        everybody, one = measure(table), measure(table, regions=label)
        for name in names:
            np.testing.assert_allclose(one[name][0], everybody[name][0], rtol=1e-9, atol=1e-9)


def test_large_tables_need_no_inverse(monkeypatch):
    table = TABLES["ragged"]()
    expected = kww(table), wwz(table, by="sector")

    def refuse(*_):
        raise AssertionError("an explicit inverse was asked for")

    monkeypatch.setattr(operator, "DENSE_LIMIT", 0)
    monkeypatch.setattr(operator, "MANY", 10.0)
    monkeypatch.setattr(LeontiefOperator, "inverse", refuse)
    for measure, names, one in ((kww, KWW, expected[0]), (wwz, WWZ, expected[1])):
        options = {"by": "sector"} if measure is wwz else {}
        swept = measure(TABLES["ragged"](), **options)
        assert {c.method for c in swept.certificates} == {"block Gauss–Seidel"}
        for name in names:
            np.testing.assert_allclose(swept[name], one[name], rtol=1e-8, atol=1e-8)


def test_tidy_has_one_row_per_number():
    table = TABLES["regular"]()
    for frame in (kww(table).tidy(), wwz(table).tidy(), wwz(table, by="sector").tidy()):
        keys = [name for name in ("region", "sector", "partner", "variable") if name in frame]
        assert not frame.duplicated(keys).any()


# --- guards ---------------------------------------------------------------------------------------


def test_unknown_options_are_refused():
    table = TABLES["regular"]()
    with pytest.raises(OptionError, match="by='importer'"):
        wwz(table, by="importer")
    for measure in (kww, wwz):
        with pytest.raises(LabelError, match="'XYZ'"):
            measure(table, regions="XYZ")
        with pytest.raises(OptionError, match="not both"):
            measure(table, regions="DEU", group=["DEU"])


@pytest.mark.parametrize(("measure", "names"), [(kww, KWW), (wwz, WWZ)], ids=["kww", "wwz"])
def test_a_table_that_does_not_close_says_by_how_much(measure, names):
    table = random_table(16, R=3, S=3)
    short = Table.from_arrays(
        table.Z, table.Y, regions=table.regions, sectors=table.sectors, x=table.x * 1.05
    )
    result = measure(short)
    exports = result["exports"].reshape(3, -1).sum(axis=1)
    terms = sum(result[name] for name in names).reshape(3, -1).sum(axis=1)
    gap = np.abs(exports - terms) / exports
    assert gap.max() > 1e-3
    said = next(w for w in result.warnings if "the terms miss exports" in w)
    assert f"{gap.max():.1e}" in said
    assert table.regions[int(gap.argmax())] in said
