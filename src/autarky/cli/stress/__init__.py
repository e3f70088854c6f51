"""``autarky stress``: what happens when an economy is cut off.

`commands` parses and calls, `options` turns options into models, `show` prints.
"""

from autarky.cli.stress.commands import stress

__all__ = ["stress"]
