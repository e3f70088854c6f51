"""The Caliendo–Parro trade equilibrium, exact in changes.

`calibration` makes economies of a table, `translate` wedges of a scenario, `components` says who
still trades with whom, `system`, `linear` and `solve` find the equilibrium, `outputs` reads it,
`model` holds them together.
"""
