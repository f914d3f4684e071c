"""A verification on the terminal: the numbered steps, where one failed, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.incentives.legible import visible

if TYPE_CHECKING:
    from remit.cli.log.places import LedgerPlace
    from remit.ledger.checkpoint import Checkpoint
    from remit.ledger.entry import Entry
    from remit.ledger.signing import PublicKey
    from remit.ledger.verification import Fault, Verification

__all__ = ["proof_screen", "verification_screen"]

_MOST = 8  # faults that are printed for one step; --json has them all


def verification_screen(
    found: LedgerPlace,
    result: Verification,
    doubts: tuple[str, ...],
    *,
    anchors: int,
    key: PublicKey | None,
    thorough: bool,
) -> Iterator[RenderableType]:
    """The steps, then the answer in one word with its reason."""
    name, where = map(visible, found.head)
    yield Text.assemble((name, "bold"), (f"   {where}".rstrip(), "dim"))
    yield Text()
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", min_width=3)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    gone = {fault.step for fault in result.faults if fault.step == 1 and fault.number == 0}
    for step, words in _steps(result, anchors=anchors, key=key, thorough=thorough):
        faults = [fault for fault in result.faults if fault.step == step]
        if faults:
            table.add_row(str(step), Text("no", style="bold red"), _faults(words, faults))
        elif gone or not words.endswith(_KNOWN):
            table.add_row(str(step), Text("-", style="dim"), Text(visible(words.removesuffix(_KNOWN)), style="dim"))
        else:
            table.add_row(str(step), Text("ok", style="green"), Text(visible(words.removesuffix(_KNOWN))))
    yield table
    yield Padding(_answer(found, result, doubts, anchors=anchors), (1, 0, 0, 0))


_KNOWN = "\0"  # ends the words of a step that was gone through


def _steps(result: Verification, *, anchors: int, key: PublicKey | None, thorough: bool) -> Iterator[tuple[int, str]]:
    """Each step in words; those that were gone through end in ``_KNOWN``."""
    entries = f"{result.size:,} entries" if result.size != 1 else "1 entry"
    signer = f", signed by {_short(key)}" if key is not None else ""
    yield 1, f"it is a ledger{_KNOWN}"
    yield 2, f"{entries}, numbered without a gap{_KNOWN}"
    yield 3, f"each entry has the digest it was recorded with{_KNOWN}"
    yield 4, f"each entry stands where it was put{_KNOWN}"
    yield 5, f"the tree over them has the root {result.root.hex()[:16] or 'unknown'}…{_KNOWN}"
    yield 6, f"every salt belongs to something that was redacted{_KNOWN}"
    if result.signed:
        yield 7, f"checkpoints kept in it hold up to entry {result.signed:,}{signer}{_KNOWN}"
    else:
        yield (
            7,
            "no checkpoint kept in it vouches for anything" if key is not None else "no key to check checkpoints with",
        )
    if anchors:
        held = f"{anchors} {'anchors hold' if anchors > 1 else 'anchor holds'} up to entry {result.anchored:,}"
        yield 8, f"{held}{signer}{_KNOWN}" if result.anchored else f"{anchors} read, none vouches for anything"
    else:
        yield 8, "no anchor was given"
    if thorough:
        yield 9, f"each entry is spelled in the one way there is{_KNOWN}"


def _faults(words: str, faults: list[Fault]) -> Text:
    """What is wrong at a step, a line for each entry."""
    text = Text()
    for fault in faults[:_MOST]:
        text.append(f"{visible(fault.what)}\n", style="red")
    if len(faults) > _MOST:
        text.append(f"and {len(faults) - _MOST} more: --json lists them\n", style="dim")
    text.append(f"so not: {visible(words.removesuffix(_KNOWN))}", style="dim")
    return text


def _answer(found: LedgerPlace, result: Verification, doubts: tuple[str, ...], *, anchors: int) -> RenderableType:
    """The answer in one word, and what to do about it."""
    name = visible(found.typed)
    if result.faults:
        first = min((fault.number for fault in result.faults if fault.number), default=0)
        where = f" at entry {first:,}" if first else ""
        trusted = f": entries 1 to {result.anchored:,} are vouched for" if result.anchored else ""
        return Text.assemble(("TAMPERED", "bold red"), f"  this is not what was recorded{where}{trusted}")
    if not doubts:
        return Text.assemble(
            ("VERIFIED", "bold green"), f"  this is what was recorded, up to entry {result.anchored:,}"
        )
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text("UNKNOWN", style="bold yellow"), "nothing wrong was found, but not everything could be shown:")
    for line in doubts:
        table.add_row("", Text(f"- {visible(line)}"))
    if not anchors:
        table.add_row(
            Text("hint", style="bold"), Text(f"remit log anchor {name} --to FILE, then verify with --anchor FILE")
        )
    elif any(line.startswith("the entries from") for line in doubts):
        table.add_row(Text("hint", style="bold"), Text("--anchored judges only what the anchors cover"))
    return table


def _short(key: PublicKey) -> str:
    """A key as a person tells it from another: its name and its number."""
    return visible("+".join(key.text().split("+", 2)[:2]))


def proof_screen(entry: Entry, checkpoint: Checkpoint, key: PublicKey, *, width: int) -> Iterator[RenderableType]:
    """What a proof shows."""
    from remit.cli.log.screen import EntryLines

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", min_width=3)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    steps = (
        f"the checkpoint over {checkpoint.size:,} entries is signed by {_short(key)}",
        f"the digest of entry {entry.number:,} leads to its root",
        "the entry is spelled in the one way there is",
    )
    for number, words in enumerate(steps, start=1):
        table.add_row(str(number), Text("ok", style="green"), Text(visible(words)))
    yield table
    yield Text()
    yield from EntryLines(width=width, size=entry.number, full=True).lines(entry)
    yield Text()
    yield Text.assemble(
        ("VERIFIED", "bold green"), f"  entry {entry.number:,} was recorded in {visible(checkpoint.origin[:29])}…"
    )
