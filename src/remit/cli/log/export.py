"""``remit log export``: a ledger for other tools, as JSON lines, as a table, or as OpenTelemetry spans."""

from __future__ import annotations

import csv
import io
import json as json_text
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.options import ArgumentsOption, Form, FormatOption, OtlpOption, OutputOption, SinceOption
from remit.cli.log.places import LedgerArgument, LedgerPlace, answering
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.ledger.entry import Entry

__all__ = ["export"]

_COLUMNS = ("number", "at", "kind", "tool", "decision", "because", "result", "intent", "facts", "leaf")


def export(
    *,
    ledger: LedgerArgument = None,
    form: FormatOption = Form.JSONL,
    output_file: OutputOption = None,
    otlp: OtlpOption = None,
    arguments: ArgumentsOption = False,
    since: SinceOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Write a ledger down for other tools. A copy is a copy: only the ledger can be verified.

    As spans, each call becomes `execute_tool TOOL` with the attributes of the OpenTelemetry conventions for
    generative AI and remit's own; a call nobody knows the end of, and one that was denied, is an error. What the
    collector did not take is said. Headers come from OTEL_EXPORTER_OTLP_HEADERS.

    \b
    Examples:
      remit log export mailer-3f2a9c > mailer.jsonl
      remit log export mailer --format csv --output mailer.csv
      remit log export mailer --otlp http://localhost:4318

    \b
    Exit code: 0 all of it, 1 an entry is not what was recorded, 10 the collector did not take every span,
    2 usage, 3 unreadable, 4 the file cannot be written.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = chosen_ledger(ledger, output, verb="export", json=json)
    with answering(output, json=json):
        if otlp is not None:
            _send(found, otlp, since, output, json=json, arguments=arguments)
            return
        lines = _csv(_entries(found, since)) if form is Form.CSV else _json_lines(_entries(found, since))
        if output_file is None:
            for line in lines:
                output.data(line)
            return
        count = _write(output_file, lines) - (form is Form.CSV)
    if json:
        output.document({"schema": "remit.exported/1", "version": 1, "entries": count, "file": str(output_file)})
    else:
        output.plain(f"wrote {count:,} entries of {found.name} to {output_file}")


def _entries(found: LedgerPlace, since: str | None) -> Iterator[Entry]:
    """The entries that are wanted."""
    from datetime import UTC, datetime

    from remit.cli.log.show import parse_since
    from remit.ledger.opening import reading
    from remit.ledger.query import Wanted

    wanted = Wanted(since=parse_since(since, datetime.now(UTC)))
    with reading(found.place) as source:
        yield from wanted.of(source.entries())


def _json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Each entry as a line of JSON, with its digest."""
    for entry in entries:
        document = {**entry.document(), "leaf": entry.leaf.hex()}
        yield json_text.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(entries: Iterable[Entry]) -> Iterator[str]:
    """A head, then each entry as a row; a cell never starts a formula when a spreadsheet opens it."""
    from remit.ledger.query import reasons_of, tool_of

    yield _row(_COLUMNS)
    for entry in entries:
        facts = entry.facts
        yield _row((
            entry.number, entry.at, entry.kind, tool_of(entry), facts.get("decision"), "; ".join(reasons_of(entry)),
            facts.get("result"), facts.get("intent"), json_text.dumps(facts, ensure_ascii=False), entry.leaf.hex(),
        ))  # fmt: skip


def _row(values: Iterable[object]) -> str:
    """One row."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: object) -> str:
    """A value as text that is no formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write(place: Path, lines: Iterable[str]) -> int:
    """Write lines to a file and give their number; raises ``RemitError`` where the system refuses."""
    from remit.errors import RemitError

    count = 0
    try:
        with place.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(line)
                count += 1
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise RemitError(f"`{place}` cannot be written: {reason}", hint="choose another file") from None
    return count


def _send(found: LedgerPlace, url: str, since: str | None, output: Output, *, json: bool, arguments: bool) -> None:
    """Send calls to a collector and say what became of them."""
    from remit.ledger.opening import reading
    from remit.ledger.telemetry import export_spans

    with reading(found.place) as source:
        first = next(source.entries(1, 2), None)
    identity = first.leaf if first is not None else b""
    sent = export_spans(_entries(found, since), url=url, ledger=found.name, identity=identity, arguments=arguments)
    if json:
        said = {"sent": sent.sent, "dropped": sent.dropped, "others": sent.others, "reasons": dict(sent.reasons)}
        output.document({"schema": "remit.exported-spans/1", "version": 1, **said})
    else:
        calls = f"{sent.sent:,} calls" if sent.sent != 1 else "1 call"
        output.plain(f"sent  {calls} of {found.name} as spans; {sent.others:,} other entries stay in the ledger")
        for reason, count in sent.reasons.items():
            output.error(f"{count:,} were not taken: {reason}", "the ledger has them all: send them again")
    raise typer.Exit(ExitCode.HOLD if sent.dropped else ExitCode.YES)
