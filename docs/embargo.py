"""No Russian energy for Germany, France and Poland for 180 days: print what each case loses.

    python docs/embargo.py [--table wiod2013] [--year 2011] [--days 30] [--without-bound]

With and without a strategic stock of 90 days: four rules of rationing × three of looking for other
suppliers × two of ordering, then stock days × refill time τ × threshold ψ, and beside both the
least that any allocation loses (the window program; too large for a table of 1,435 industries,
hence ``--without-bound``). World final use that is not served, in percent. ``just embargo`` runs
it on the embedded table; ``tests/properties/test_embargo.py`` holds what must be true of it.
"""

from __future__ import annotations

import argparse
import itertools

BUYERS = ["DEU", "FRA", "POL"]
WINDOW, RESERVE = 180, 90
ENERGY = {"world": ["energy"], "wiod2013": ["c2", "c8", "c17"]}
RULES = ("proportional", "final_first", "intermediate_first", "largest_first")
ORDERS = ("fixed", "capacity")
#: Percent below which a change is rounding and has no sign.
ROUNDING = 1e-9


def scenarios(sectors):
    """Without and with the strategic stock."""
    from autarky.shocks import Embargo, Scenario, StockRelease

    cut = Embargo(exporters="RUS", importers=BUYERS, sectors=sectors, duration=WINDOW)
    release = StockRelease(regions=BUYERS, sectors=sectors, days=RESERVE)
    return {
        "no strategic stock": Scenario("bare", [cut], horizon=WINDOW),
        f"a stock of {RESERVE} days": Scenario("bridged", [cut, release], horizon=WINDOW),
    }


def runs(table, scenario, days):
    """One result for each rule of ordering; each holds all other cases."""
    from autarky.stress import Inventory

    model = {"days": days, "compare": RULES, "paths": "none"}
    return {
        f"{orders} orders": Inventory(orders=orders, **model).run(table, scenario)
        for orders in ORDERS
    }


def least(table, scenario, days, psi):
    """The least loss of the world in percent, of any allocation."""
    from autarky.stress import Rationing

    impact = Rationing(days=days, psi=psi).run(table, scenario)
    return float(impact["least_shortage_share"])


def lines(impact, variable):
    """(labels, loss) of every case in a field."""
    field = next(f for f in impact.fields if f.variable == variable)
    columns = [next(iter(one.columns.values())) for one in field.dimensions]
    for names, loss in zip(itertools.product(*columns), field.values.ravel(), strict=True):
        yield names, 0.0 if abs(loss) < ROUNDING else -float(loss)


def show(title, found, variable, head):
    """One table: a row for each case, a column for each rule of ordering."""
    print(f"\n{title}\n{head}" + "".join(f"{name:>18}" for name in found))
    columns = [list(lines(impact, variable)) for impact in found.values()]
    for row in zip(*columns, strict=True):
        names = "".join(f"{name:<20}" for name in row[0][0])
        print(names + "".join(f"{loss:>16.4f} %" for _, loss in row))


def main():
    """Print all tables."""
    import autarky

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--table", choices=ENERGY, default="world")
    parser.add_argument("--year", type=int, default=2011)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--without-bound", action="store_true")
    given = parser.parse_args()
    table = autarky.open(given.table, given.year)
    for says, scenario in scenarios(ENERGY[given.table]).items():
        found = runs(table, scenario, given.days)
        worst = max(impact.residuals["conservation"] for impact in found.values())
        head = "".join(f"{name:<20}" for name in ("rationing", "reorder"))
        show(f"{says}: rules", found, "final_use_by_rule", head)
        head = "".join(f"{name:<20}" for name in (f"× {given.days:g} days", "× 60 days τ", "ψ"))
        show(f"{says}: parameters", found, "final_use_sensitivity", head)
        print(f"largest error of conservation, any product, day and case: {worst:.1e}")
        if not given.without_bound:
            tight = least(table, scenario, given.days / 6, 1.0)
            print(
                f"least loss of any allocation: {least(table, scenario, given.days, 0.8):.4f} %, "
                f"and {tight:.4f} % with the shortest stocks and the highest ψ above"
            )
        for step in next(iter(found.values())).treatments:
            print(f"table: {step}")


if __name__ == "__main__":
    main()
