"""``remit log verify``: is a ledger still what was recorded, and how much of that can anybody vouch for?"""

from __future__ import annotations

import contextlib
import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from remit.cli.evidence_options import EvidenceFile, Place, Subjects, told_of, write_record
from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.options import AnchoredOption, AnchorOption, AsOption, ProofOption, ThoroughOption
from remit.cli.log.places import KeyOption, LedgerArgument, LedgerPlace, answering, public_key
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.records.produced import Circumstances
    from remit.ledger.entry import Entry
    from remit.ledger.signing import PublicKey
    from remit.ledger.verification import Verification

__all__ = ["doubts_of", "notes_of", "verify"]

_LARGEST_PROOF = 64 * 1024 * 1024


def verify(
    *,
    ledger: LedgerArgument = None,
    anchor: AnchorOption = None,
    name: AsOption = "",
    key: KeyOption = None,
    proof: ProofOption = None,
    thorough: ThoroughOption = False,
    anchored: AnchoredOption = False,
    evidence: EvidenceFile = None,
    subject: Subjects = None,
    setting: Place = "this machine",
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Verify a ledger, or a proof: every step is shown, and the entry at which one fails.

    An edited, deleted or moved entry is found from the ledger alone. That its end was cut off, or all of it written
    anew, can only be told with a checkpoint that was kept elsewhere: without one the answer is "unknown".

    \b
    Examples:
      remit log verify mailer-3f2a9c
      remit log verify mailer --anchor /mnt/vault/anchors.jsonl
      remit log verify postgresql://ledger.acme.example/fleet --anchor anchors.jsonl --key fleet.pub
      remit log verify copy.db --as mailer-3f2a9c --anchor anchors.jsonl --key mailer.pub
      remit log verify mailer --anchor anchors.jsonl --key mailer.pub --evidence run.json
      remit log verify --proof proof.json --key mailer.pub      what somebody gave you

    \b
    Exit code: 0 it is what was recorded, 1 it is not, 10 nobody can tell (no anchor, no key), 2 usage, 3 unreadable.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    told = told_of(subject)
    if evidence is not None and proof is not None:
        raise typer.BadParameter("`--evidence` is of a whole ledger, and `--proof` shows one entry of it")
    with answering(output, json=json):
        trusted = public_key(key)
        if proof is not None:
            _verify_proof(proof, trusted, output, json=json)
            return
        found = chosen_ledger(ledger, output, verb="verify", json=json)
        notes = notes_of(anchor or [], name or found.name, output)
        from remit.ledger.opening import verify_place

        result = verify_place(found.place, anchors=notes, public_key=trusted, thorough=thorough)
        doubts = doubts_of(found, result, lenient=anchored)
        if evidence is not None:
            from remit import __version__
            from remit.assurance.records.produced import Circumstances
            from remit.clock import SystemClock

            at = Circumstances(clock=SystemClock(), version=__version__, setting=setting, told=told)
            write_record(evidence, _record(found, result, doubts, thorough=thorough, at=at), output)
    if json:
        output.document(_document(found, result, doubts))
    else:
        from remit.cli.log.verify_screen import verification_screen

        output.show(*verification_screen(found, result, doubts, anchors=len(notes), key=trusted, thorough=thorough))
    raise typer.Exit(ExitCode.NO if result.faults else ExitCode.HOLD if doubts else ExitCode.YES)


def _record(
    found: LedgerPlace, result: Verification, doubts: tuple[str, ...], *, thorough: bool, at: Circumstances
) -> dict[str, Any]:
    """What the ledger amounts to as evidence; of one that was changed, what can still be read."""
    from remit.assurance.records.produced import run_record
    from remit.errors import LedgerError
    from remit.ledger.opening import reading

    entries: list[Entry] = []
    with contextlib.suppress(LedgerError), reading(found.place) as source:
        entries.extend(source.entries())
    return run_record(found.name, entries, result, doubts=doubts, thorough=thorough, at=at)


def notes_of(places: list[Path], name: str, output: Output) -> list[str]:
    """The anchors of a ledger; says so where a file has none for it, for then it shows nothing."""
    from remit.ledger.anchoring import read_anchors

    notes: list[str] = []
    for place in places:
        if not place.exists():
            output.error(f"there are no anchors at `{place}`", "remit log anchor LEDGER --to FILE keeps some there")
            raise typer.Exit(ExitCode.UNREADABLE)
        found = read_anchors(place, name=name)
        if not found:
            output.notice(f"`{place}` has no anchor under the name `{name}`: say with --as which it has", "yellow")
        notes += found
    return notes


def doubts_of(found: LedgerPlace, result: Verification, *, lenient: bool) -> tuple[str, ...]:
    """What keeps a ledger without a fault from being shown to be whole.

    The entry ``anchored`` that follows an anchor is made by anchoring itself: it is not held against anybody.
    """
    if result.anchored and (lenient or _only_the_anchoring(found, result)):
        return tuple(line for line in result.unproved if not line.startswith("the entries from"))
    return result.unproved


def _only_the_anchoring(found: LedgerPlace, result: Verification) -> bool:
    """Whether nothing but the note about the last anchor follows it."""
    from remit.ledger.opening import reading

    if result.size != result.anchored + 1:
        return False
    with reading(found.place) as source:
        last = next(source.entries(result.size, result.size + 1), None)
    return last is not None and last.kind == "anchored" and last.facts.get("size") == result.anchored


def _document(found: LedgerPlace, result: Verification, doubts: tuple[str, ...]) -> dict[str, Any]:
    """A verification as data."""
    faults = [
        {
            "step": fault.step,
            "entry": fault.number,
            "upto": fault.upto or fault.number,
            "code": fault.code,
            "what": fault.what,
        }
        for fault in result.faults
    ]
    verdict = "tampered" if faults else "unknown" if doubts else "verified"
    return {
        "schema": "remit.verification/1",
        "version": 1,
        "ledger": found.name,
        "place": found.shown,
        "verdict": verdict,
        "entries": result.size,
        "root": result.root.hex(),
        "signed": result.signed,
        "anchored": result.anchored,
        "unknown": list(doubts),
        "faults": faults,
    }


def _verify_proof(place: Path, trusted: PublicKey | None, output: Output, *, json: bool) -> None:
    """Verify a proof that somebody gave away, without any ledger."""
    from remit.errors import TamperedError
    from remit.ledger.proof import verify_inclusion_proof

    if trusted is None:
        output.error(
            "nobody can tell who signed this: no key was given", "name the public key you trust with --key FILE"
        )
        raise typer.Exit(ExitCode.HOLD)
    document = _read_proof(place, output)
    said: dict[str, object] = {"schema": "remit.proof-verification/1", "version": 1}
    try:
        entry, checkpoint = verify_inclusion_proof(document, trusted)
    except TamperedError as error:
        output.error(f"the proof proves nothing: {error.message}", error.hint)
        if json:
            output.document({**said, "verdict": "refused", "why": error.message})
        raise typer.Exit(ExitCode.NO) from None
    if json:
        shown = {"ledger": checkpoint.origin, "entries": checkpoint.size, "entry": entry.document()}
        output.document({**said, "verdict": "verified", **shown})
        return
    from remit.cli.log.verify_screen import proof_screen

    output.show(*proof_screen(entry, checkpoint, trusted, width=output.width))


def _read_proof(place: Path, output: Output) -> dict[str, object]:
    """The JSON of a proof; leaves with 3 for a file that cannot be read as one."""
    document: object = None
    reason = "it is no JSON object of at most 64 MiB"
    try:
        if place.stat().st_size <= _LARGEST_PROOF:
            document = json_text.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or "error").lower()
    except (ValueError, RecursionError):
        reason = "it is no JSON"
    if isinstance(document, dict):
        return document
    output.error(f"the proof `{place}` cannot be read: {reason}", "take the file `remit log prove` wrote")
    raise typer.Exit(ExitCode.UNREADABLE)
