"""Entries of a ledger on the terminal: one line each, the time, what it was, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from remit.cli.seconds import span
from remit.incentives.legible import visible
from remit.ledger.query import call_of, moment, reasons_of, tool_of

if TYPE_CHECKING:
    from remit.cli.log.places import LedgerPlace
    from remit.ledger.entry import Entry

__all__ = ["EntryLines", "ledgers_screen"]

_KIND = 12  # columns of the kind; the longest common one fits
_STYLES = {
    "intent": "bold",
    "outcome": "",
    "denied": "red",
    "refused": "red",
    "expired": "red",
    "asked": "yellow",
    "approved": "green",
    "held": "bold yellow",
    "resumed": "green",
    "stopping": "bold red",
    "stopped": "bold red",
    "bypassed": "bold red",
    "drifted": "bold red",
    "deviated": "bold red",
    "egress-lost": "bold red",
    "companion-lost": "bold red",
    "reconciled": "yellow",
    "anchored": "cyan",
}
_RESULTS = {"performed": "green", "failed": "red", "interrupted": "yellow", "unknown": "bold yellow"}
_SAID_ELSEWHERE = frozenset(
    {"call", "because", "decision", "intent", "result", "digest", "charter", "reason", "guard", "holder", "code"}
)


class EntryLines:
    """Lays entries out one after the other; it remembers when calls began, and on which day it is.

    ``width`` is that of the terminal (``None``: nothing is cut, for a file or another program), ``size`` how many
    entries the ledger has; ``full`` adds every fact.
    """

    def __init__(self, *, width: int | None, size: int, full: bool = False) -> None:
        self._width = width
        self._digits = max(3, len(str(size)))
        self._full = full
        self._day = ""
        self._began: dict[int, float] = {}

    def lines(self, entry: Entry) -> Iterator[Text]:
        """The line of an entry, under a head where a new day begins, above its facts where all are wanted."""
        at = moment(entry)
        local = at.astimezone() if at is not None else None
        day = local.strftime("%A %d %B %Y, %Z") if local is not None else "no time"
        if day != self._day:
            if self._day:
                yield Text()
            yield Text(day, style="dim")
            self._day = day
        clock = local.strftime("%H:%M:%S.%f")[:-3] if local is not None else " " * 12
        head = Text(f"{entry.number:>{self._digits}}  {clock}  ", style="dim")
        head.append(f"{visible(entry.kind):<{_KIND}}  ", style=f"not dim {_STYLES.get(entry.kind, '')}")
        what, why = self._what(entry), _why(entry)
        if self._width is not None and why and len(head) + len(what) + 2 + len(why) > self._width:
            yield self._cut(Text.assemble(head, what))
            yield self._cut(Text.assemble(" " * len(head), why))
        else:
            yield self._cut(Text.assemble(head, what, "  " if what and why else "", why))
        if self._full:
            yield from self._facts(entry)

    def _cut(self, line: Text) -> Text:
        """A line that fits the terminal, unless everything is wanted."""
        if self._width is not None and not self._full:
            line.truncate(self._width, overflow="ellipsis")
        return line

    def _what(self, entry: Entry) -> Text:
        """What an entry says, without why."""
        parts = [self._of(entry), _call(entry) if tool_of(entry) else Text(), _rest(entry)]
        return Text("  ").join(part for part in parts if part)

    def _of(self, entry: Entry) -> Text:
        """Which call an entry is about, and what came of it."""
        if entry.kind == "intent":
            self._began[entry.number] = entry.monotonic
        intent, result = entry.facts.get("intent"), entry.facts.get("result")
        if not isinstance(intent, int) or isinstance(intent, bool):
            return Text()
        text = Text(f"of {intent}", style="dim")
        words = str(result or ("performed" if entry.kind == "outcome" else ""))
        if words:
            text.append(f"  {visible(words)}", style=f"not dim {_RESULTS.get(words, '')}")
        began = self._began.pop(intent, None) if entry.kind == "outcome" else None
        if began is not None:
            text.append(f" in {span(max(0.0, entry.monotonic - began))}")
        return text

    def _facts(self, entry: Entry) -> Iterator[Text]:
        """Every fact of an entry, a line each."""
        margin = " " * (self._digits + 2)
        for key, value in entry.facts.items():
            said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield Text.assemble((f"{margin}{visible(key)}: ", "dim"), visible(said).replace("\n", "⏎"))
        yield Text(f"{margin}leaf: {entry.leaf.hex()}", style="dim")


def ledgers_screen(
    found: Sequence[tuple[LedgerPlace, Mapping[str, Any]]], *, left: int = 0
) -> Iterator[RenderableType]:
    """One line for each ledger; ``left`` of them are not shown."""
    if not found:
        yield Text("no ledgers yet: every `remit run -- COMMAND` and every `remit proxy` keeps one", style="dim")
        return
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, min_width=min(40, max(len(ledger.name) for ledger, _ in found)))
    table.add_column(no_wrap=True, justify="right", min_width=7)
    table.add_column(no_wrap=True, min_width=10, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_row(*[Text(word, style="dim") for word in ("ledger", "entries", "last", "where")])
    for ledger, seen in found:
        name = Text(visible(ledger.name), style="bold")
        if seen["problem"]:
            table.add_row(name, Text("?", style="bold red"), "", Text(visible(seen["problem"]), style="red"))
            continue
        table.add_row(
            name, Text(f"{seen['entries']:,}"), Text(_ago(seen["last"])), Text(visible(ledger.shown), style="dim")
        )
    yield table
    if left:
        yield Text(f"... and {left} more: remit log --all", style="dim")
    first = visible(found[0][0].name)
    yield Text(f"\nread one: remit log show {first}   check it: remit log verify {first}", style="dim")


def _ago(at: str | None) -> str:
    """How long ago a moment was."""
    try:
        then = datetime.fromisoformat(at or "")
        return f"{span(max(0.0, (datetime.now(UTC) - then).total_seconds()))} ago"
    except (ValueError, TypeError):
        return ""


def _call(entry: Entry) -> Text:
    """A call as it would be written: the tool and its arguments."""
    call = call_of(entry)
    args = call.get("args")
    shown = args if isinstance(args, Mapping) else {key: call[key] for key in call if key not in _CALL_KEYS}
    inside = ", ".join(f"{key}={_plain(value)}" for key, value in shown.items())
    return Text.assemble((visible(tool_of(entry)), "bold"), visible(f"({inside})"))


_DECIDED = frozenset({"intent", "denied", "asked", "refused", "expired", "shadowed", "deviated"})
_CALL_KEYS = frozenset({"id", "tool", "principal", "server", "schema"})


def _why(entry: Entry) -> Text:
    """What was decided, and because of what."""
    decision = entry.facts.get("decision")
    because = "; ".join(reasons_of(entry)) if entry.kind in _DECIDED else ""
    text = Text()
    if isinstance(decision, str):
        text.append(visible(decision), style="green" if decision == "allow" else "yellow")
    if because:
        text.append(f"{': ' if text else ''}{visible(because)}", style="dim")
    return Text(" ").join(text.split("\n"))


def _rest(entry: Entry) -> Text:
    """The other facts of an entry, as short as they can be said, the reason first."""
    parts = []
    reason, charter = entry.facts.get("reason"), entry.facts.get("charter")
    if isinstance(reason, str) and reason:
        parts.append(reason)
    if entry.kind in ("opened", "delegated") and isinstance(charter, str):
        parts.append(f"charter {charter[:19]}")
    later: list[str] = []
    for key, value in entry.facts.items():
        if key in _SAID_ELSEWHERE or value in (None, "", [], {}, False) or (key == "tool" and tool_of(entry)):
            continue
        if (key, value) == ("label", "ran"):  # what `performed` says already
            continue
        (later if isinstance(value, Mapping | list) else parts).append(f"{key}={_brief(value)}")
    return Text(visible(" ".join("  ".join([*parts, *later]).splitlines())))


def _brief(value: object) -> str:
    """A value that stands beside others: of one with parts of its own only the plain ones are said, or their number."""
    if isinstance(value, Mapping):
        plain = (f"{key}={_plain(part)}" for key, part in value.items() if isinstance(part, str | int) and part != "")
        return f"({', '.join(plain)})"
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        degrees = [str(item.get("degree")) for item in value if isinstance(item, Mapping) and "degree" in item]
        return f"{degrees.count('full')} of {len(degrees)} in full" if degrees else f"[{len(value)}]"
    return _plain(value)


def _plain(value: object) -> str:
    """A value as short text: lists of words as words, anything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if not value or " " in value or "\n" in value else value
    if isinstance(value, list) and value and all(isinstance(item, str | int) for item in value):
        return " ".join(_plain(item) for item in value)
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
