"""Programs and plans: building against ready arrays and modelling tools, and a plan against itself.

Building is timed up to the moment HiGHS holds the program. linopy and pyomo are compared where they
are installed (`uv run --with pyomo python benchmarks/plan.py`); what is missing is said.
"""

import argparse
import contextlib
import importlib.util
import os
import sys
import time
import warnings

from common import Machine, cpu, header, row, shared_data  # isort: skip (before numpy)

import highspy
import numpy as np
from scipy import sparse

from autarky.lp import Draft, Solver
from autarky.plan import Preparedness
from autarky.plan.preparedness import named
from autarky.sources import wiod2013

INF = np.inf
#: (sectors, years) of the program that is built.
SMALL, LARGE = (60, 60), (150, 220)


class Case:
    """Capital, output and imports over time: a matrix each year, and lags."""

    def __init__(self, S, T, seed=0):
        rng = np.random.default_rng(seed)
        self.S, self.T = S, T
        self.A = rng.random((S, S)) * (rng.random((S, S)) < 0.9) / S
        self.start = np.zeros((T, S))
        self.start[0] = 1.0


def ours(case):
    draft = Draft(sense="min")
    axes = [range(case.T), range(case.S)]
    x, k, v = (draft.columns(name, axes) for name in "xkv")
    m = draft.columns("m", axes, cost=1.0)
    rows = draft.rows("use", axes, high=0.0)
    draft.put(rows[:, :, None], x[:, None, :], case.A)
    draft.put(rows, v, 0.3)
    draft.put(rows, m, -1.0)
    draft.put(rows, x, -1.0)
    rows = draft.rows("capacity", axes, high=0.0)
    draft.put(rows, x, 0.5)
    draft.put(rows, k, -1.0)
    rows = draft.rows("stock", axes, low=case.start, high=case.start)
    draft.put(rows, k, 1.0)
    draft.put(rows[1:], k[:-1], -0.95)
    draft.put(rows[1:], v[:-1], -1.0)
    return Solver(draft.finish())


def by_hand(case):
    """The same coefficients written down as arrays, without a name for anything."""
    S, T = case.S, case.T
    A = sparse.coo_array(case.A)
    n = S * T
    at, one = np.arange(n, dtype=np.int32), np.ones(n)
    year = (np.arange(T, dtype=np.int32) * S)[:, None]
    i = [(year + A.coords[0].astype(np.int32)).ravel(), at, at, at]
    j = [(year + A.coords[1].astype(np.int32)).ravel(), 2 * n + at, 3 * n + at, at]
    value = [np.tile(A.data, T), 0.3 * one, -one, -one]
    i += [n + at, n + at, 2 * n + at, 2 * n + at[S:], 2 * n + at[S:]]
    j += [at, n + at, n + at, n + at[:-S], 2 * n + at[:-S]]
    value += [0.5 * one, -one, one, -0.95 * one[S:], -one[S:]]
    parts = [np.concatenate(part) for part in (i, j, value)]
    full = sparse.csc_array((parts[2], (parts[0], parts[1])), shape=(3 * n, 4 * n))
    highs = highspy.Highs()
    highs.silent()
    start = case.start.ravel()
    highs.passModel(
        4 * n, 3 * n, full.nnz, 1, 1, 0.0,
        np.concatenate([np.zeros(3 * n), one]), np.zeros(4 * n), np.full(4 * n, INF),
        np.concatenate([np.full(2 * n, -INF), start]),
        np.concatenate([np.zeros(2 * n), start]),
        full.indptr, full.indices, full.data, np.zeros(4 * n, dtype=np.int32),
    )  # fmt: skip
    return highs


def with_linopy(case):
    import linopy
    import pandas as pd
    import xarray as xr

    T, S = pd.RangeIndex(case.T, name="t"), pd.RangeIndex(case.S, name="i")
    model = linopy.Model()
    x, k, v, m = (model.add_variables(lower=0, coords=[T, S], name=name) for name in "xkvm")
    other = pd.RangeIndex(case.S, name="j")
    A = xr.DataArray(case.A, coords=[S, other], dims=["i", "j"])
    inputs = (A * x.rename(i="j")).sum("j")
    model.add_constraints(inputs + 0.3 * v - m - x <= 0, name="use")
    model.add_constraints(0.5 * x - k <= 0, name="capacity")
    start = xr.DataArray(case.start, coords=[T, S])
    model.add_constraints(k - 0.95 * k.shift(t=1) - v.shift(t=1) == start, name="stock")
    model.add_objective(m.sum())
    return linopy.io.to_highspy(model)


def with_pyomo(case):
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs

    model = pyo.ConcreteModel()
    years, sectors = range(case.T), range(case.S)
    for name in "xkvm":
        setattr(model, name, pyo.Var(years, sectors, domain=pyo.NonNegativeReals))
    x, k, v, m = model.x, model.k, model.v, model.m
    A = [[(j, case.A[i, j]) for j in sectors if case.A[i, j]] for i in sectors]

    def use(_, t, i):
        return sum(a * x[t, j] for j, a in A[i]) + 0.3 * v[t, i] - m[t, i] - x[t, i] <= 0

    def stock(_, t, i):
        before = 0.95 * k[t - 1, i] + v[t - 1, i] if t else case.start[0, i]
        return k[t, i] - before == 0

    model.use = pyo.Constraint(years, sectors, rule=use)
    model.capacity = pyo.Constraint(
        years, sectors, rule=lambda _, t, i: 0.5 * x[t, i] - k[t, i] <= 0
    )
    model.stock = pyo.Constraint(years, sectors, rule=stock)
    model.value = pyo.Objective(expr=pyo.quicksum(m[t, i] for t in years for i in sectors))
    solver = Highs()
    solver.set_instance(model)
    return solver._solver_model


@contextlib.contextmanager
def quiet():
    """Without the banners of HiGHS and the advice of tools."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def building(machine, case, name, tools):
    """One line for each way to build a program."""
    mine, solver = cpu(lambda: ours(case), repeats=15)
    ready, highs = cpu(lambda: by_hand(case), repeats=15)
    size = f"{solver.program.A.nnz / 1e6:.2f}M coefficients"
    floor = machine.floor(bytes=24.0 * solver.program.A.nnz)
    if solver.highs.getNumNz() != highs.getNumNz():
        sys.exit("the program of the two sides differs")
    row(f"build, {name}: ready arrays", mine, ready, 1 / 1.2, floor=floor, note=size)
    for tool, build in tools.items():
        with quiet():
            seconds, found = cpu(lambda build=build: build(case), repeats=1)
        if found.getNumNz() != highs.getNumNz():
            sys.exit(f"the program of {tool} differs")
        row(f"build, {name}: {tool}", mine, seconds, 1.0, floor=floor)


def preparing():
    """A plan of preparedness for Germany, and what further points of a curve cost."""
    table = wiod2013.read(shared_data() / "wiod2013", 2011)
    scenarios, _ = named(table, "DEU")
    prepared = Preparedness().prepare(table, scenarios, region="DEU")
    single, _ = cpu(lambda: prepared.solver(prepared.setting).solve(method="simplex"), repeats=3)
    whole = time.perf_counter()
    Preparedness().solve(table, scenarios, region="DEU")
    whole = time.perf_counter() - whole
    print(
        f"{'preparedness of DEU, 6 cut-offs, 12 months, in all':<50} {whole:>10.3g} s (wanted: 8)"
    )
    keep, _ = cpu(lambda: prepared.security_curve(np.linspace(0.9, 1.0, 12)), repeats=1)
    row("price of security, 12 shares: single solves", keep, 5 * single, 1.0, note="peer: 5 solves")
    measures = {"all": ("stock", "capacity", "suppliers")}
    months, _ = cpu(lambda: prepared.over_months(range(7, 31, 2), measures), repeats=1)
    row("price of security, 12 lengths: single solves", months, 5 * single, 1.0, note="peer: 5")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--no-large", action="store_true", help="leave out the large program")
    large = not options.parse_args().no_large
    machine = Machine()
    print(machine)
    tools = {}
    for name, build in (("linopy", with_linopy), ("pyomo", with_pyomo)):
        if importlib.util.find_spec(name):
            tools[name] = build
        else:
            print(f"{name} is not installed: left out")
    header()
    building(machine, Case(*SMALL), "small", tools)
    if large:
        building(machine, Case(*LARGE), "large", {k: v for k, v in tools.items() if k != "pyomo"})
    preparing()


if __name__ == "__main__":
    main()
