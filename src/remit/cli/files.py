"""Writing reports to files: SARIF, JUnit XML and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from remit.errors import RemitError
from remit.finding import Finding

if TYPE_CHECKING:
    from remit.cli.output import Output
    from remit.incentives.report import Report

__all__ = ["write_file", "write_findings", "write_page"]


def write_file(path: Path, text: str) -> None:
    """Write a text file; raises ``RemitError`` where the system refuses."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise RemitError(
            f"`{path}` cannot be written: {reason}", hint="choose another file or make the folder first"
        ) from None


def write_findings(printer: Output, findings: Sequence[Finding], *, sarif: str | None, junit: Path | None) -> None:
    """Write findings as SARIF and as JUnit XML where a file was named; ``-`` is standard output."""
    if sarif is not None:
        from remit import __version__
        from remit.cli.rules import sarif_rules
        from remit.sarif import sarif_log

        log = sarif_log(findings, sarif_rules(), tool_version=__version__, root=Path.cwd())
        text = json.dumps(log, indent=2, ensure_ascii=False) + "\n"
        if sarif == "-":
            printer.data(text)
        else:
            write_file(Path(sarif), text)
    if junit is not None:
        from remit.cli.junit import junit_xml

        write_file(junit, junit_xml(findings))


def write_page(printer: Output, report: Report, path: Path | None) -> None:
    """Write the report as one page where a file was named."""
    if path is None:
        return
    from remit.incentives.pages.page import render_page

    write_file(path, render_page(report))
    printer.notice(f"wrote {path}")
