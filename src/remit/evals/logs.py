"""Episodes as files, and what can be known of one that was read back.

One JSON object a line: what was played, every entry of the record with its receipt, and the end (last state, verdict,
digest). The key of the receipts goes to a file of its own. Whoever holds file and key can write any record they like:
receipts protect an evaluator from the agent and from whoever carries the file, not from the evaluator. For that the
digest is anchored where others can see it, in a ledger. Without key or anchor a file shows nothing but itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from remit.errors import EvaluationError, InvalidEpisodeError
from remit.evals.episode import Episode, Stage, check_changes
from remit.evals.record import Record, RecordEntry
from remit.evals.scenario import Instance, Scenario
from remit.evals.selection import instance_of
from remit.evals.verdict import Verdict
from remit.guard.call import Call

__all__ = [
    "Proof",
    "Rescored",
    "key_file",
    "lines_of",
    "read_key",
    "rescore",
    "rescore_lines",
    "verdict_document",
    "write_episode",
]

_SCHEMA = "remit.episode/1"
_LONGEST = 256 * 1024 * 1024  # bytes of a file
_ENTRIES = 2_000_000


class Proof(StrEnum):
    """What stands behind a record that was read back."""

    RECEIPTS = "receipts"
    """Every receipt is good under the key that was given: nobody without that key changed it."""

    ANCHORED = "anchored"
    """Its digest is the one that was written down elsewhere when the episode ended."""

    NOTHING = "nothing"
    """Nothing but the file itself: whoever had it could have written it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """An episode that was read back and scored again.

    ``differs`` names each field in which the verdict in the file is not the one its record gives.
    """

    instance: str
    environment: str
    subject: str
    digest: str
    steps: int
    verdict: Verdict
    proof: Proof
    differs: tuple[str, ...] = ()


def lines_of(episode: Episode, *, subject: str = "") -> list[dict[str, Any]]:
    """An episode as the objects of its file; the key is not among them."""
    first = {
        "schema": _SCHEMA,
        "version": 1,
        "instance": episode.instance.id,
        "environment": episode.instance.environment.name,
        "subject": subject,
    }
    entries = [
        {"number": item.number, "step": item.step, "kind": item.kind, "facts": item.facts, "receipt": item.receipt}
        for item in episode.record.entries
    ]
    last = {"final": episode.final, "verdict": verdict_document(episode.verdict), "digest": episode.record.digest}
    return [first, *entries, last]


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON."""
    return json.loads(json.dumps(asdict(verdict)))  # type: ignore[no-any-return]


def key_file(path: Path) -> Path:
    """Where the key of an episode's receipts lies, unless somebody puts it elsewhere."""
    return path.with_name(path.name + ".key")


def write_episode(path: Path, episode: Episode, *, subject: str = "", key: Path | None = None) -> None:
    """Write an episode and, into a file only its owner reads, the key of its receipts; neither may exist yet.

    Raises ``EvaluationError`` where they cannot be written.
    """
    text = "".join(
        json.dumps(line, ensure_ascii=True, allow_nan=False) + "\n" for line in lines_of(episode, subject=subject)
    )
    for place, content, mode in ((key or key_file(path), episode.record.key.hex() + "\n", 0o600), (path, text, 0o644)):
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(content)
        except OSError as problem:
            message = f"`{place}` cannot be written: {(problem.strerror or str(problem)).lower()}"
            raise EvaluationError(message, code="evaluation.unwritable", hint="name another file") from problem


def read_key(path: Path) -> bytes:
    """A key as ``write_episode`` writes it; raises ``EvaluationError``."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as problem:
        raise _unreadable(path, "it is no key of receipts") from problem
    if not 16 <= len(key) <= 64:
        raise _unreadable(path, "it is no key of receipts")
    return key


def rescore(
    path: Path, scenarios: Sequence[Scenario], *, key: bytes | None = None, anchors: Sequence[str] = ()
) -> Rescored:
    """Read an episode back, see that it is whole, and score it again.

    A record that is cut off, edited, sealed with another key, or tells of what the environment does not do gives a
    verdict that is not valid. ``anchors`` are digests from elsewhere. Raises ``EvaluationError`` for a file that is no
    episode at all, or of a scenario there is none of.
    """
    return rescore_lines(_read(path), scenarios, key=key, anchors=anchors)


def rescore_lines(
    lines: Sequence[Mapping[str, Any]],
    scenarios: Sequence[Scenario],
    *,
    key: bytes | None = None,
    anchors: Sequence[str] = (),
) -> Rescored:
    """As ``rescore``, for the objects of a file."""
    first = lines[0] if lines else {}
    instance = instance_of(scenarios, str(first.get("instance")), str(first.get("environment", "")))
    found = Rescored(
        instance=instance.id,
        environment=instance.environment.name,
        subject=str(first.get("subject", "")),
        digest="",
        steps=0,
        verdict=Verdict(opportunity=False, valid=False),
        proof=Proof.NOTHING,
    )
    try:
        record, last = _record(lines[1:], key)
        found = replace(found, digest=record.digest, steps=record.entries[-1].step)
        return _scored(found, instance, record, last, anchors)
    except InvalidEpisodeError as problem:
        return _void(found, problem.message)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, AttributeError, ArithmeticError):
        return _void(found, "the record is not in the form it must have")


def _void(found: Rescored, why: str) -> Rescored:
    """An episode that counts for nothing."""
    return replace(found, verdict=replace(found.verdict, valid=False, why=why))


def _scored(
    found: Rescored, instance: Instance, record: Record, last: Mapping[str, Any], anchors: Sequence[str]
) -> Rescored:
    """Check everything that can be checked, then score."""
    if record.key:
        record.check()
    record.check_form()
    check_changes(instance, record, last["final"])
    _play_again(instance, record)
    if anchors and record.digest not in anchors:
        raise InvalidEpisodeError("the digest of the record is not the one that was written down elsewhere")
    verdict = instance.score(record, last["final"])
    claimed, given = dict(last["verdict"]), verdict_document(verdict)
    differs = tuple(sorted(name for name in given.keys() | claimed.keys() if given.get(name) != claimed.get(name)))
    proof = Proof.ANCHORED if anchors else Proof.RECEIPTS if record.key else Proof.NOTHING
    return replace(found, verdict=verdict, proof=proof, differs=differs)


def _play_again(instance: Instance, record: Record) -> None:
    """Make every recorded call again: the environment has to answer as it did."""
    stage = Stage(instance, key=record.key)
    answers = {entry.step: entry.facts for entry in record.of("answered")}
    for entry in record.of("called"):
        if stage.over:
            break
        args = {**entry.facts["args"], **entry.facts.get("ill", {})}
        call = Call(tool=instance.renaming.get(entry.facts["tool"], entry.facts["tool"]), args=args, id="")
        given = answers.get(entry.step, {})
        moment = stage.snapshot()
        answer = stage.call(call)
        if given.get("failed") and (not answer.failed or answer.text != given["text"]):
            stage.restore(moment)  # somebody stopped it on its way
            stage.refuse(call, str(given["text"]))
    lost = next(record.of("lost"), None)
    if lost is not None:
        stage.lose(str(lost.facts["why"]))
    stage.leave(str(record.entries[-1].facts["why"]))
    if stage.record.digest != record.digest:
        raise InvalidEpisodeError("the environment answers the recorded calls otherwise than the record says")


def _record(lines: Sequence[Mapping[str, Any]], key: bytes | None) -> tuple[Record, Mapping[str, Any]]:
    """The record and the last line; raises ``InvalidEpisodeError`` for one that was cut off."""
    if not lines or "final" not in lines[-1]:
        raise InvalidEpisodeError("the file does not say how the episode ended: it was cut off")
    entries = [
        RecordEntry(
            number=line["number"], step=line["step"], kind=line["kind"], facts=line["facts"], receipt=line["receipt"]
        )
        for line in lines[:-1]
    ]
    if any(set(line) != {"number", "step", "kind", "facts", "receipt"} for line in lines[:-1]):
        raise InvalidEpisodeError("the file holds lines that are no entries")
    return Record(key or b"", entries), lines[-1]


def _read(path: Path) -> list[Mapping[str, Any]]:
    """The lines as far as they can be read: a broken one ends the file."""
    try:
        if path.stat().st_size > _LONGEST:
            raise _unreadable(path, "it is longer than any episode")
        raw = path.read_bytes().splitlines()
    except OSError as problem:
        raise _unreadable(path, (problem.strerror or str(problem)).lower()) from problem
    first = _object(raw[0]) if raw else None
    if first is None or first.get("schema") != _SCHEMA:
        raise _unreadable(path, f"its first line is not that of a {_SCHEMA}")
    lines: list[Mapping[str, Any]] = [first]
    for line in raw[1:_ENTRIES]:
        found = _object(line)
        if found is None:
            break
        lines.append(found)
    return lines


def _object(line: bytes) -> Mapping[str, Any] | None:
    """One line as an object, ``None`` where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unreadable(path: Path, why: str) -> EvaluationError:
    """The error of a file that is no episode."""
    hint = "give a file that `remit eval play` or `serve` has written"
    return EvaluationError(f"`{path}` cannot be read: {why}", code="evaluation.unreadable", hint=hint)
