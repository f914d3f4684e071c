"""What a notebook shows of a case: one table, every word escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from remit.incentives.pages.markup import element

__all__ = ["MOST_ROWS", "notebook_table"]

MOST_ROWS = 60
"""A notebook is for looking; the page has the rest."""


def notebook_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its caption; more than ``MOST_ROWS`` rows are counted, not shown."""
    every = list(rows)
    head = element("tr", *[element("th", name, scope="col") for name in heads])
    body = [element("tr", *[element("td", cell) for cell in row]) for row in every[:MOST_ROWS]]
    left = len(every) - len(body)
    more = element("p", f"and {left:,} more") if left else ""
    return element("table", element("caption", caption), element("thead", head), element("tbody", *body)) + more
