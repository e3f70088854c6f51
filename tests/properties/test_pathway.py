"""Pathway on random tables: without a goal the table, whatever it looks like."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autarky.errors import OptionError
from autarky.lp import Solver
from autarky.plan import Limits, calibrate
from autarky.plan.pathway import guard
from autarky.plan.pathway.program import Setting, program
from strategies import tables

few = settings(max_examples=40, deadline=None)


def still(base, *, theta=4.0, horizon=6, **limits):
    size = len(base.sectors)
    return Setting(
        base=base,
        limits=Limits(lead=base.lead, **limits),
        theta=np.full(size, theta),
        targets=(),
        horizon=horizon,
        lost=np.zeros(size),
        raw=np.arange(min(1, size)),
        plants={},
    )


def steady(table, **options):
    """The calibration of the first region, if it has consumption and investment."""
    share = None if "investment" in table.uses.kinds else 0.2
    try:
        base = calibrate(table, table.regions[0], investment_share=share, **options)
    except OptionError as error:
        assume("invests nothing" not in str(error) and "makes nothing" not in str(error))
        raise
    assume(base.consumption.sum() > 0)
    return base


@few
@given(
    table=tables(),
    growth=st.sampled_from([0.0, 0.02, 0.08]),
    interest=st.sampled_from([0.03, 0.1]),
    lead=st.integers(1, 3),
)
def test_no_policy_is_the_table(table, growth, interest, lead):
    base = steady(table, growth=growth, interest=interest, lead=lead)
    setting = still(base)
    found = guard.replicate(setting)
    assert found.holds, found.residuals


@settings(max_examples=12, deadline=None)
@given(table=tables(max_regions=3, max_sectors=3))
def test_the_solver_finds_nothing_better_than_the_table(table):
    setting = still(steady(table, growth=0.02), horizon=4)
    built = program(setting)
    best = Solver(built).solve()
    value = guard.value(setting)
    assert best.value <= value + 1e-7 * abs(value)
    assert best.value >= value - 1e-7 * abs(value)
