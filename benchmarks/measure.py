"""Measures against the incumbent and against the floor, in one run.

    python benchmarks/measure.py [--large | --no-large]

CPU seconds on one linear-algebra thread. Every pair of answers is compared before its times are
printed. The large part (49 regions × 200 sectors, made up) takes some minutes and 9 GB; it runs
where that much memory is free, unless told otherwise. `peer` is pymrio, or the plain way to do the
same thing with numpy; what was timed on a few cases and scaled up says so.
"""

import common  # first: it sets the number of threads  # isort: skip

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from autarky.leontief import leontief
from autarky.measure.extraction import extraction
from autarky.table import Table
from autarky.table.aggregate import group_sum

LARGE_NEEDS = 11e9
#: Relative agreement asked of every pair of answers.
AGREE = 1e-8
SINGLE = {"storage": "float32"}


# --- the account set ------------------------------------------------------------------------------


def accounts(Z, Y, F, starts, **options):
    """What pymrio's calc_all gives for one extension F, without the inverse.

    x, S = F/x, M = S L, and by use region and product: D_cba (footprint), D_imp (the part from
    abroad); by producer: D_pba, D_exp (the part for abroad); the same summed by region.
    Y is (n, R), one column for each region.
    """
    starts = np.asarray(starts)
    R, n = starts.size - 1, starts[-1]
    region_of = np.repeat(np.arange(R), np.diff(starts))
    home = np.arange(n), region_of
    x = Z.sum(axis=1) + Y.sum(axis=1)
    S = np.divide(F, x, out=np.zeros(n), where=x > 0)
    L = leontief(Z, x, starts, **options)
    outputs = L.solve(Y)
    by_origin = np.zeros((n, R))
    by_origin[home] = S
    content = L.solve_left(by_origin)
    made, H = outputs.values, content.values
    M = H.sum(axis=1)
    cba = M[:, None] * Y
    imported = cba - H * Y
    # Products of every origin, by use region: (sector, use region), regular tables only.
    by_product = [a.reshape(R, n // R, R).sum(axis=0).T.reshape(-1) for a in (cba, imported)]
    total = made.sum(axis=1)
    pba, exported = S * total, S * (total - made[home])
    sums = partial(np.add.reduceat, indices=starts[:-1])
    return {
        "x": x,
        "M": M,
        "D_cba": by_product[0],
        "D_imp": by_product[1],
        "D_pba": pba,
        "D_exp": exported,
        "D_cba_reg": cba.sum(axis=0),
        "D_imp_reg": imported.sum(axis=0),
        "D_pba_reg": sums(pba),
        "D_exp_reg": sums(exported),
    }, (outputs.certificate, content.certificate)


def frames(Z, Y, F, labels):
    """The same arrays as pymrio takes them, without a copy; labels of regions, sectors, uses."""
    import pandas as pd

    regions, sectors, uses = labels
    industries = pd.MultiIndex.from_product([regions, sectors], names=["region", "sector"])
    columns = pd.MultiIndex.from_product([regions, uses], names=["region", "category"])
    return (
        pd.DataFrame(Z, index=industries, columns=industries, copy=False),
        pd.DataFrame(Y, index=industries, columns=columns, copy=False),
        pd.DataFrame(F[None, :], index=["value added"], columns=industries, copy=False),
    )


def peer_accounts(Z, Y, F):
    """Everything by pymrio."""
    import pymrio

    system = pymrio.IOSystem(Z=Z, Y=Y, va={"name": "va", "F": F})
    return system.calc_all()


def peer_arrays(system):
    """The accounts of a pymrio system, under the names of `accounts`."""
    found = {"x": system.x.to_numpy().reshape(-1)}
    for name in ("M", "D_cba", "D_imp", "D_pba", "D_exp"):
        found[name] = getattr(system.va, name).to_numpy().reshape(-1)
    for name in ("D_cba_reg", "D_imp_reg", "D_pba_reg", "D_exp_reg"):
        found[name] = getattr(system.va, name).to_numpy().reshape(-1)
    return found


def same(ours, peer):
    """The largest disagreement, relative to the largest entry of each account; or an exit."""
    worst = 0.0
    for name, values in peer.items():
        gap = np.abs(ours[name] - values).max() / np.abs(values).max()
        if not gap < AGREE:
            sys.exit(f"{name} differs from the peer's by {gap:.1e}: no times are worth printing")
        worst = max(worst, gap)
    return worst


def account_flops(n, R):
    """What the accounts need at least: one LU of the table, and 2 R right-hand sides."""
    return 2 / 3 * n**3 + 2 * 2 * n**2 * R


# --- (a) WIOD 2011 --------------------------------------------------------------------------------


def small(machine):
    """The whole account set, and every bilateral extraction, on the real table."""
    Z, Y, *labels = common.wiod2011()
    regions, sectors, uses = labels
    n, R = Z.shape[0], len(regions)
    # Two industries of Luxembourg sell only out of stocks: the peer gives them coefficients.
    Y[Z.sum(axis=1) + Y.sum(axis=1) < 0] = 0.0
    F = Z.sum(axis=1) + Y.sum(axis=1) - Z.sum(axis=0)
    starts = np.arange(0, n + 1, len(sectors))
    Z_frame, Y_frame, F_frame = frames(Z, Y, F, labels)

    def ours(**options):
        by_region = np.add.reduceat(Y, np.arange(0, Y.shape[1], len(uses)), axis=1)
        return accounts(Z, by_region, F, starts, **options)

    peer, system = common.cpu(lambda: peer_accounts(Z_frame, Y_frame, F_frame))
    expected = peer_arrays(system)
    floor = machine.floor(flops=account_flops(n, R), bytes=Z.nbytes)
    good = True
    for label, target, options in (("double", 6, {}), ("single, refined", 0, SINGLE)):
        seconds, (found, _) = common.cpu(partial(ours, **options))
        gap = same(found, expected)
        good &= common.row(
            f"(a) accounts, WIOD 2011, {label}, against pymrio",
            seconds,
            peer,
            target,
            floor=floor if target else None,
            note=f"equal to {gap:.0e}",
        )
    return good & extractions(machine, Z, Y, labels) & aggregation(machine, Z)


# --- (c) extractions ------------------------------------------------------------------------------


def extractions(machine, Z, Y, labels):
    """All 1,640 links from one inverse, against an inverse and against a solve for each."""
    regions, sectors, uses = labels
    n, S = Z.shape[0], len(sectors)

    def ours():
        # A table of its own each time: nothing is left over from the last run.
        table = Table.from_arrays(Z, Y, regions=regions, sectors=sectors, uses=uses)
        return extraction(table)

    seconds, result = common.cpu(ours)
    table = Table.from_arrays(Z, Y, regions=regions, sectors=sectors, uses=uses)
    A, demand, v = table.A, table.Y_by_region, table.v
    base = v * np.linalg.solve(np.eye(n) - A, demand.sum(axis=1))
    links = len(regions) * (len(regions) - 1)
    some = [(34 % len(regions), 8), (0, 1), (20, 30)]

    def afresh(i, j, way):
        cut, y = A.copy(), demand.copy()
        cut[i * S : i * S + S, j * S : j * S + S] = 0.0
        y[i * S : i * S + S, j] = 0.0
        left, b = np.eye(n) - cut, y.sum(axis=1)
        x = np.linalg.inv(left) @ b if way == "inverse" else np.linalg.solve(left, b)
        lost = (base - v * x)[i * S : i * S + S].sum()
        return 100 * lost / base[i * S : i * S + S].sum()

    worst = 0.0
    times = {"inverse": [], "solve": []}
    for way, spent in times.items():
        for i, j in some:
            cost, value = common.cpu(partial(afresh, i, j, way), repeats=3)
            spent.append(cost)
            labels = {"region": regions[i], "partner": regions[j]}
            found = result.value("value_added_loss_seller", **labels)
            worst = max(worst, abs(found - value) / 100)
    if not worst < AGREE:
        sys.exit(f"an extraction differs from a fresh solve by {worst:.1e} of value added")
    # One inverse, and for each link three products and a solve of 35 × 35 matrices.
    floor = machine.floor(flops=2 * n**3 + links * (2 * 3 + 2 / 3) * S**3)
    good = True
    for way, target in (("inverse", 1000), ("solve", 300)):
        good &= common.row(
            f"(c) all {links} extractions, against one {way} each",
            seconds,
            links * float(np.median(times[way])),
            target,
            floor=floor,
            note=f"peer timed on {len(some)} links, scaled; equal to {worst:.0e}",
        )
    return good


# --- (d) aggregation ------------------------------------------------------------------------------


def aggregation(machine, Z):
    """35 sectors to 15 in 41 regions, against products with a dense Kronecker matrix."""
    R, S, G = 41, 35, 15
    group = np.random.default_rng(0).permutation(np.arange(S) % G)
    groups = (np.arange(R)[:, None] * G + group).reshape(-1)

    def dense():
        C = np.kron(np.eye(R), (group == np.arange(G)[:, None]).astype(float))
        return C @ Z @ C.T

    seconds, found = common.cpu(lambda: group_sum(Z, groups, groups, (R * G, R * G)), repeats=15)
    peer, expected = common.cpu(dense)
    gap = same({"Z": found}, {"Z": expected})
    return common.row(
        "(d) aggregation to 41 × 15, against dense Kronecker",
        seconds,
        peer,
        10,
        floor=machine.floor(bytes=Z.nbytes),
        note=f"equal to {gap:.0e}",
    )


# --- (b) EXIOBASE size ----------------------------------------------------------------------------


def make_up(folder, R=49, S=200, density=0.3):
    """A table of that size with the shape of a real one: sparse, and mostly domestic.

    Inputs are 55 % of output, 17 % of them foreign; a supplier's share abroad goes with the size
    of its country, which is lognormal; so are cells. Output solves x = A x + y.
    """
    n = R * S
    rng = np.random.default_rng(0)
    size = rng.lognormal(sigma=1.5, size=R)
    A = np.zeros((n, n))
    for r in range(R):
        rows = slice(r * S, (r + 1) * S)
        weights = rng.standard_exponential((S, n), dtype=np.float64) ** 2
        weights *= rng.random((S, n)) < density
        home = weights[:, rows].copy()
        weights *= size[r]
        A[rows] = weights
        A[rows, rows] = home
    for r in range(R):
        columns = slice(r * S, (r + 1) * S)
        home = A[columns, columns].copy()
        A[columns, columns] = 0.0
        inputs, foreign = rng.uniform(0.35, 0.75, S), rng.uniform(0.05, 0.29, S)
        A[:, columns] *= inputs * foreign / A[:, columns].sum(axis=0)
        A[columns, columns] = home * (inputs * (1 - foreign) / home.sum(axis=0))
    Y = rng.lognormal(sigma=2.0, size=(n, R)) * size
    abroad = np.repeat(np.arange(R), S)[:, None] != np.arange(R)
    Y *= np.where(abroad, 0.1 / R, 1.0)
    y = Y.sum(axis=1)
    x = y.copy()
    for _ in range(80):
        x = y + A @ x
    A *= x
    value_added = x - A.sum(axis=0)
    for name, array in (("Z", A), ("Y", Y), ("F", value_added)):
        np.save(folder / f"{name}.npy", array)


def measured(who, folder):
    """In a process of its own: time, and memory above that of the data, of one whole run."""
    Z, Y, F = (np.load(folder / f"{name}.npy") for name in "ZYF")
    R = Y.shape[1]
    n = Z.shape[0]
    if who == "pymrio":
        import pymrio  # noqa: F401 - its own memory is not that of the accounts

        names = [f"r{i:02}" for i in range(R)], [f"s{i:03}" for i in range(n // R)]
        data = frames(Z, Y, F, (*names, ["final"]))
        run = partial(peer_accounts, *data)
    else:
        import scipy.linalg  # noqa: F401

        options = SINGLE if who == "float32" else {}
        run = partial(accounts, Z, Y, F, np.arange(0, n + 1, n // R), **options)
    before, peak = common.resident()
    seconds, answer = common.once(run)
    extra = common.resident()[1] - before
    facts = {"seconds": seconds, "extra": extra, "slack": peak - before}
    if who == "pymrio":
        found = peer_arrays(answer)
    else:
        found, certificates = answer
        facts["method"] = certificates[0].method
        facts["iterations"] = [c.iterations for c in certificates]
        facts["residual"] = max(c.residual for c in certificates)
    np.savez(folder / f"{who}.npz", **found)
    return facts


def large(machine):
    """The whole account set at EXIOBASE size, each side in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        common.child(__file__, "--child", "make-up", folder)
        runs = {
            who: common.child(__file__, "--child", who, folder)
            for who in ("ours", "float32", "pymrio")
        }
        found = {who: dict(np.load(folder / f"{who}.npz")) for who in runs}
    peer = runs["pymrio"]
    n, R = 9800, 49
    good = True
    for who, label in (("ours", "double precision"), ("float32", "single, refined")):
        one = runs[who]
        gap = same(found[who], found["pymrio"])
        sweeps = sum(one["iterations"])
        # Each sweep and each residual is one product of the table with R columns.
        floor = machine.floor(flops=(sweeps + 2) * 2 * n**2 * R / (2 if who == "float32" else 1))
        good &= common.row(
            f"(b) accounts, 49 × 200, {label}, against pymrio",
            one["seconds"],
            peer["seconds"],
            12 if who == "ours" else 0,
            floor=floor,
            note=f"equal to {gap:.0e}; {one['method']}, {one['iterations']} sweeps",
        )
        good &= common.row(
            "    extra memory, MiB",
            one["extra"] / common.MIB,
            peer["extra"] / common.MIB,
            10 if who == "ours" else 0,
            note=f"peak above the data ({n**2 * 8 / common.MIB:.0f} MiB)",
        )
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--large", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        import json

        who, folder = options.child[0], Path(options.child[1])
        print(json.dumps(make_up(folder) if who == "make-up" else measured(who, folder)))
        return 0
    common.shared_data()
    machine = common.Machine()
    print(f"measure: CPU seconds, medians; this machine does {machine}")
    common.header()
    good = small(machine)
    free = common.available_memory()
    if options.large or (options.large is None and free > LARGE_NEEDS):
        good &= large(machine)
    else:
        why = "--no-large" if options.large is False else f"{free / 1e9:.0f} GB free of 11 needed"
        print(f"(b) left out: {why}")
    print("all targets met" if good else "some targets were missed (see MISSED)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
