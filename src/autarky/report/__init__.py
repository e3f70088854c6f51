"""Pages: the brief in the terminal and as one HTML file, with its charts.

May import `measure`, `sources`, `results` and below; nothing below imports this.
"""

from autarky.report.brief import Brief, Section, brief
from autarky.report.page import to_html
from autarky.report.terminal import print_brief

__all__ = ["Brief", "Section", "brief", "print_brief", "to_html"]
