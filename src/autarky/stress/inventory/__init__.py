"""Inventory dynamics: the first days and months of a cut-off (the adaptive-inventory family).

`economy` treats a table, `flows` holds who buys from whom, `kernel` is one day, `rationing` says
who is served first, `events` turns a scenario into days, `record` keeps what is asked for,
`model` is the stress model. May import `shocks`, `results`, `stress.base` and below.
"""
