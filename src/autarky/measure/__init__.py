"""Measures of dependence: each takes a table (or tables by year) and returns a `Dependence`.

One file per family. May import `results` and everything below; never `sources`.
"""
