"""The place on a page that a measurement owns: what stands between two marks is written by its bench only."""

from __future__ import annotations

from pathlib import Path

__all__ = ["put_between"]


def put_between(page: Path, name: str, text: str) -> None:
    """Put a text between ``<!-- name: begin -->`` and ``<!-- name: end -->``; a page without both is left alone."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, begun, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise SystemExit(f"{page} has no place for {name}: {begin} and {end} are missing")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
