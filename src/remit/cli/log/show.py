"""``remit log show``: the entries of a ledger, filtered, followed, or as data."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.options import (
    USUAL,
    AllOption,
    CallOption,
    FollowOption,
    FullOption,
    JsonLines,
    KindOption,
    LastOption,
    SinceOption,
    ToolOption,
)
from remit.cli.log.places import LedgerArgument, LedgerPlace, answering
from remit.cli.options import Debug, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from remit.ledger.entry import Entry
    from remit.ledger.opening import Source
    from remit.ledger.query import Wanted

__all__ = ["parse_since", "show"]

_EVERY = 0.25  # seconds between two looks while following


def show(
    *,
    ledger: LedgerArgument = None,
    kind: KindOption = None,
    tool: ToolOption = None,
    since: SinceOption = None,
    call: CallOption = "",
    last: LastOption = None,
    every: AllOption = False,
    full: FullOption = False,
    follow: FollowOption = False,
    json: JsonLines = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Show what happened: each call that was about to happen, why it was let or not, and what came of it.

    \b
    Examples:
      remit log show mailer-3f2a9c                     a run
      remit log show mailer --kind denied              what it was not allowed, and why
      remit log show mailer --call 17 --full           one call, from its intent to its outcome
      remit log show mailer --tool 'mail.*' --since 2h
      remit log show mailer --follow                   as it happens
      remit log show postgresql://ledger.acme.example/fleet --last 50
      remit log show mailer --json | jq 'select(.kind == "denied")'

    \b
    Exit code: 0 shown, 1 an entry is not what was recorded, 2 usage, 3 the ledger cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = chosen_ledger(ledger, output, verb="show", json=json)
    from remit.ledger.opening import reading
    from remit.ledger.query import Wanted

    if last is None and output.console().is_terminal and not (every or json or full or kind or tool or since or call):
        last = USUAL
    wanted = Wanted(
        kinds=frozenset(kind or ()),
        tools=frozenset(tool or ()),
        since=parse_since(since, datetime.now(UTC)),
        call=call,
        last=last,
    )
    _demand_kinds(wanted)
    with answering(output, json=json), reading(found.place) as source:
        size = source.size
        wanted = _whole_call(wanted, source)
        emit = _json_lines(output) if json else _screen_lines(output, found, size, full=full)
        count = 0
        for entry in wanted.of(source.entries(_first(wanted, size), size + 1)):
            emit(entry)
            count += 1
        if follow:
            _follow(source, wanted, size, emit)
        elif not json:
            _small_print(output, found, wanted, count, size)


def parse_since(text: str | None, now: datetime) -> datetime | None:
    """Read ``10m`` (so long ago) or a time (local unless it says otherwise); raises ``typer.BadParameter``."""
    if text is None:
        return None
    if re.fullmatch(r"[\d.]+\s*[a-z]*", text.strip()):
        from remit.cli.seconds import parse_seconds

        return now - timedelta(seconds=parse_seconds(text))
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise typer.BadParameter(f"`{text}` is no time: write `10m`, `2h`, `3d` or 2026-11-20T09:30") from None


def _demand_kinds(wanted: Wanted) -> None:
    """Refuse a kind nobody has heard of: nothing would ever be found."""
    from difflib import get_close_matches

    from remit.ledger.entry import KINDS

    for kind in sorted(wanted.kinds - KINDS.keys()):
        near = get_close_matches(kind, KINDS, n=1)
        raise typer.BadParameter(f"there are no entries of kind `{kind}`" + (f"; `{near[0]}`?" if near else ""))


def _whole_call(wanted: Wanted, source: Source) -> Wanted:
    """The same question, asked of the whole call where any entry of it was named."""
    if not wanted.call.isdecimal() or len(wanted.call) > 18:
        return wanted
    named = next(source.entries(int(wanted.call), int(wanted.call) + 1), None)
    opened = named.facts.get("intent") if named is not None else None
    return replace(wanted, call=str(opened)) if isinstance(opened, int) and opened > 0 else wanted


def _first(wanted: Wanted, size: int) -> int:
    """Where to start reading: at the end, where nothing but the last entries is asked for."""
    plain = not (wanted.kinds or wanted.tools or wanted.since or wanted.call)
    return max(1, size - wanted.last + 1) if plain and wanted.last is not None else 1


def _json_lines(output: Output) -> Callable[[Entry], None]:
    """Print each entry as a line of JSON."""
    return lambda entry: output.data_line(entry.document())


def _screen_lines(output: Output, found: LedgerPlace, size: int, *, full: bool) -> Callable[[Entry], None]:
    """Print each entry as a line of text, below a head."""
    from rich.text import Text

    from remit.cli.log.screen import EntryLines
    from remit.incentives.legible import visible

    entries = f"{size:,} entries" if size != 1 else "1 entry"
    width = output.width if output.console().is_terminal else None
    name, where = map(visible, found.head)
    head = Text.assemble((name, "bold"), (f"   {entries}   {where}".rstrip(), "dim"))
    if width is not None:
        head.truncate(width, overflow="ellipsis")
    output.lines([head])
    laid = EntryLines(width=width, size=size, full=full)
    return lambda entry: output.lines(laid.lines(entry))


def _follow(source: Source, wanted: Wanted, size: int, emit: Callable[[Entry], None]) -> None:
    """Print what is appended, until somebody interrupts."""
    asks = wanted.test()
    seen = size
    try:
        while True:
            for entry in source.entries(seen + 1):
                seen = entry.number
                if asks(entry):
                    emit(entry)
            time.sleep(_EVERY)
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.YES) from None


def _small_print(output: Output, found: LedgerPlace, wanted: Wanted, count: int, size: int) -> None:
    """Say what was left out, so that nobody takes a part for the whole."""
    if not size:
        output.notice("the ledger is empty: nothing was recorded")
    elif not count:
        output.notice(f"none of the {size:,} entries is like that")
    elif wanted.last == count < size and _first(wanted, size) > 1:
        output.notice(f"... {size - count:,} entries before these: remit log show {found.name} --all")
