"""Goals: what may be asked for, and what is refused in one paragraph."""

import numpy as np
import pytest

import autarky
from autarky import CapacityLoss, CapitalLoss
from autarky.errors import LabelError, OptionError, ShockError
from autarky.plan import Goal, Recovery, calibrate
from autarky.plan.goals import listed, lost_share, targets
from small_economies import three


@pytest.fixture(scope="module")
def table():
    return three()


@pytest.fixture(scope="module")
def base(table):
    return calibrate(table, "A", growth=0.02)


def found(table, base, *goals):
    return targets(listed(goals), table, base)[0]


def test_sectors_reach_a_share_one_by_one_and_a_domain_together(table, base):
    goods, parts = found(
        table, base, Goal(region="A", sectors=["goods", "parts"], share=0.95, by=3)
    )
    assert (goods.name, parts.name) == ("goods", "parts")
    assert goods.today == pytest.approx(1 - base.imports[0] / base.use[0])
    (both,) = found(table, base, Goal(region="A", domain=("goods", "parts"), share=0.95, by=3))
    assert both.today == pytest.approx(1 - base.imports[:2].sum() / base.use[:2].sum())
    (whole,) = found(table, base, Goal(region="A", share=0.99, by=3))
    assert (whole.name, len(whole.sectors)) == ("economy", 3)


def test_groups_are_found_on_known_classifications():
    world = autarky.open("world", 2011)
    base = calibrate(world, "DEU")
    (one,) = found(world, base, Goal(region="DEU", domain="capital_goods", share=0.9, by=5))
    assert [world.sectors[int(i)] for i in one.sectors] == ["machinery", "electronics", "vehicles"]


def test_a_partner_is_a_share_of_use(table, base):
    (one,) = found(table, base, Goal(region="A", sectors="parts", partner="B", share=0.1, by=3))
    used = table.Z[4, :3].sum() + table.Y[4, :2].sum()
    assert one.kind == "partner"
    assert one.today == pytest.approx(used / base.use[1])


def test_a_ramp_moves_evenly_from_today(table, base):
    goal = Goal(region="A", sectors="goods", share=0.95, by=4, ramp="linear")
    (one,) = found(table, base, goal)
    step = (0.95 - one.today) / 4
    asked = [one.asked(t) for t in range(6)]
    assert asked[0] is None
    assert asked[1:] == pytest.approx([one.today + step * t for t in (1, 2, 3)] + [0.95, 0.95])


def test_losses_combine(table, base):
    goal = Recovery(
        region="A",
        losses=[
            CapacityLoss(regions="A", sectors="goods", share=0.5),
            CapitalLoss(regions="A", sectors="goods", share=0.2),
            CapacityLoss(regions="B", sectors="parts", share=0.5),
        ],
        share=0.9,
        by=3,
    )
    np.testing.assert_allclose(lost_share(goal, table, base), [0.6, 0, 0])
    (one,) = found(table, base, goal)
    assert (one.kind, one.name, one.today) == ("output", "goods", pytest.approx(0.4))


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"share": 80}, r"share is 80; it must lie in \[0, 1\]: write 0\.8 for 80 %"),
        ({"share": -0.1}, r"share is -0\.1; it must lie in \[0, 1\]"),
        ({"by": 0}, "by is 0: a goal lies in the future, at least 1 year ahead"),
        ({"by": -3}, "by is -3: a goal lies in the future"),
        ({"by": 2030}, "by is 2030; it must be a whole number of years from 1 to 60, not a date"),
        ({"by": 2.5}, r"by is 2\.5; it must be a whole number"),
        ({"ramp": "steep"}, "ramp='steep' is not one of 'none', 'linear'"),
        ({"sectors": "goods", "domain": "parts"}, "sectors and domain are both given"),
        ({"sectors": []}, "an empty list of labels"),
    ],
)
def test_a_goal_out_of_range(options, said):
    with pytest.raises(OptionError, match=said):
        Goal(**{"region": "A", "share": 0.9, "by": 3, **options})


def test_all_problems_of_a_goal_come_at_once():
    with pytest.raises(OptionError, match=r"share is 2.*by is -1"):
        Goal(region="A", share=2, by=-1)


def test_a_goal_below_today(table, base):
    said = r"goods is at 74\.2 % made at home already; a goal of 40 % asks for nothing"
    with pytest.raises(OptionError, match=said):
        found(table, base, Goal(region="A", sectors="goods", share=0.4, by=3))
    with pytest.raises(OptionError, match=r"parts from B is at .* of use already"):
        found(table, base, Goal(region="A", sectors="parts", partner="B", share=0.9, by=3))


def test_a_sector_that_nobody_uses(table):
    Z, Y = table.Z.copy(), table.Y.copy()
    rows = [1, 4, 7]
    Z[np.ix_(rows, range(3))] = 0
    Y[np.ix_(rows, range(2))] = 0
    from autarky import Table

    other = Table.from_arrays(
        Z,
        Y,
        regions=["A", "B", "C"],
        sectors=["goods", "parts", "services"],
        uses=["consumption", "investment"],
        use_kinds=["household", "investment"],
    )
    base = calibrate(other, "A", growth=0.02)
    with pytest.raises(OptionError, match="A uses nothing of parts"):
        found(other, base, Goal(region="A", sectors="parts", share=0.9, by=3))


def test_contradictions(table, base):
    one = Goal(region="A", sectors="goods", share=0.95, by=3)
    with pytest.raises(OptionError, match="goods has two goals for year 3: 95 % and 97 %"):
        found(table, base, one, Goal(region="A", sectors="goods", share=0.97, by=3))
    with pytest.raises(OptionError, match="95 % by year 3 and from then on, but at 92 % by year 6"):
        found(table, base, Goal(region="A", sectors="goods", share=0.92, by=6), one)
    rising = found(table, base, Goal(region="A", sectors="goods", share=0.97, by=6), one)
    assert len(rising) == 2
    less = Goal(region="A", sectors="parts", partner="B", share=0.1, by=3)
    with pytest.raises(OptionError, match="parts from B is to be at 10 % by year 3"):
        found(table, base, less, Goal(region="A", sectors="parts", partner="B", share=0.2, by=6))


def test_goals_of_two_economies(table):
    goals = [Goal(region=r, share=0.9, by=3) for r in ("A", "B")]
    with pytest.raises(OptionError, match=r"the goals are for 2 economies \(A, B\)"):
        listed(goals)


@pytest.mark.parametrize("nothing", [[], ["goods"], None])
def test_no_goals(nothing):
    with pytest.raises((OptionError, TypeError), match=r"goals|iterable"):
        listed(nothing)


def test_unknown_sectors_are_suggested(table, base):
    with pytest.raises(LabelError, match=r"'good' \(did you mean goods"):
        found(table, base, Goal(region="A", sectors="good", share=0.9, by=3))
    with pytest.raises(ShockError, match="the sector group 'energy' is known for tables"):
        found(table, base, Goal(region="A", domain="energy", share=0.9, by=3))
    with pytest.raises(LabelError, match="unknown region or group: 'D'"):
        found(table, base, Goal(region="A", sectors="goods", partner="D", share=0.0, by=3))


def test_an_economy_that_is_its_own_partner(table, base):
    with pytest.raises(ShockError, match="A is among the partners of its own goal"):
        found(table, base, Goal(region="A", sectors="goods", partner=["A", "B"], share=0.0, by=3))


def test_losses_elsewhere_or_of_another_kind(table, base):
    elsewhere = CapacityLoss(regions="B", share=0.5)
    with pytest.raises(OptionError, match="the losses destroy nothing in A"):
        found(table, base, Recovery(region="A", losses=elsewhere, share=0.9, by=3))
    with pytest.raises(OptionError, match="losses must be one or more of CapacityLoss"):
        Recovery(region="A", losses=[], share=0.9, by=3)
    small = CapacityLoss(regions="A", sectors="goods", share=0.05)
    with pytest.raises(OptionError, match="goods is at 95 % of output left already"):
        found(table, base, Recovery(region="A", losses=small, share=0.9, by=3))
