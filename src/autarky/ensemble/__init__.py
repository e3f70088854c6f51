"""Many scenarios: declared once, computed in chunks, recorded so that nothing is lost, and asked.

May import `plan`, `stress`, `sources`, `results` and below; never `report` or `cli`.
"""
