"""Critical-input ratings: what an industry cannot do without, for the sectors of any table.

May import `table`, `axes`, `errors` and `shocks`.
"""

from autarky.stress.critical.ratings import Ratings, ratings_for, read_bridge

__all__ = ["Ratings", "ratings_for", "read_bridge"]
