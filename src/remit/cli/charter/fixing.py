"""``remit check --fix``: show the least-authority patch, write it, and check what was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from remit.cli.files import write_file
from remit.cli.verdict import Verdict, judge
from remit.errors import CharterConflictError

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.incentives.report import Report

__all__ = ["apply_patch", "fix_charter"]


def fix_charter(
    charter: Charter,
    report: Report,
    target: Path | None,
    printer: Output,
    *,
    goals: int,
    seed: int,
    fail_on: str,
    exact: bool = False,
) -> Verdict:
    """Write the patched charter to ``target`` (the charter itself by default) and give the verdict on it.

    The patched text is read and measured before it is written: a patch that does not hold is never left on the disk.
    """
    from remit.charter.reader import parse_charter
    from remit.cli.charter.first_screen import diff_text
    from remit.cli.headings import heading
    from remit.cli.measuring import measure
    from remit.incentives.reading_rules import findings_of
    from remit.incentives.text_findings import lint_charter
    from remit.incentives.wording import headline, verdict_in_words

    patch = report.least_authority.patch
    path = target or Path(charter.path)
    if not patch:
        printer.plain("there is nothing to write: no edit is needed, or none is known")
        return judge(report, findings_of(report), fail_on)
    printer.show(heading("WRITING", str(path)), diff_text(patch))
    text = apply_patch(charter.source, patch)
    smaller = parse_charter(text, path=str(path))
    after = measure(smaller, lint_charter(smaller), printer, goals=goals, seed=seed, exact=exact)
    write_file(path, text)
    printer.show(
        heading("AFTER", headline(after), style="bold green" if report.least_authority.reached else "bold yellow")
    )
    printer.plain(f"  {verdict_in_words(after)}")
    verdict = judge(after, findings_of(after), fail_on)
    printer.plain(f"verdict on {path}: {verdict}")
    return verdict


def apply_patch(source: str, patch: str) -> str:
    """Apply a unified diff of one file to its text, exactly: context and removed lines must be what the diff says.

    Raises ``CharterConflictError`` where they are not (the charter changed since the patch was made).
    """
    lines = source.splitlines(keepends=True)
    written: list[str] = []
    position = 0  # lines of the source already copied or passed over
    for start, hunk in _hunks(patch):
        written += lines[position:start]
        position = start
        for mark, text in hunk:
            if mark != "+":
                if position >= len(lines) or lines[position].rstrip("\r\n") != text:
                    raise CharterConflictError(
                        f"the patch does not fit line {position + 1} of the charter", hint="check it again first"
                    )
                if mark == " ":
                    written.append(lines[position])
                position += 1
            else:
                written.append(f"{text}\n")
    return "".join([*written, *lines[position:]])


def _hunks(patch: str) -> list[tuple[int, list[tuple[str, str]]]]:
    """The hunks of a unified diff: the line each starts after, and its marked lines."""
    hunks: list[tuple[int, list[tuple[str, str]]]] = []
    for line in patch.splitlines():
        if line.startswith("@@"):
            old = line.split()[1].lstrip("-")
            start, _, length = old.partition(",")
            hunks.append((int(start) if length == "0" else int(start) - 1, []))
        elif hunks and line[:1] in ("+", "-", " "):
            hunks[-1][1].append((line[0], line[1:]))
        elif hunks and not line:
            hunks[-1][1].append((" ", ""))
    return hunks
