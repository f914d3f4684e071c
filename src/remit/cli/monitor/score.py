"""``remit monitor score``: how instrumental each transcript of a file is, as one number and the alerts behind it."""

from __future__ import annotations

import json as json_text
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from remit.cli.completing import among
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.errors import EvaluationError

if TYPE_CHECKING:
    from remit.monitor.scoring import Score

__all__ = ["score_command"]

_FORMATS = ("plain", "session", "inspect-eval", "inspect-json", "otel", "runs", "mcp")
_WHY = 70


def _known_format(value: str) -> str:
    """Refuse a format that does not exist, before anything is read."""
    if value and value not in _FORMATS:
        raise typer.BadParameter(f"`{value}` is not a format; choose one of {', '.join(_FORMATS)}")
    return value


def score_command(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", envvar="REMIT_SCORE_FILE", help="The transcripts; - reads standard input."),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            envvar="REMIT_SCORE_FORMAT",
            callback=_known_format,
            autocompletion=among(*_FORMATS),
            help=f"What the file is, where that is not found out by itself: {', '.join(_FORMATS)}.",
        ),
    ] = "",
    at_least: Annotated[
        float | None,
        typer.Option(
            metavar="SCORE",
            min=0.0,
            max=1.0,
            envvar="REMIT_SCORE_AT_LEAST",
            help="Exit with 1 where a transcript scores as much; without it scores are only printed.",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Score transcripts of agents: one number each, higher for more instrumental behaviour, and why.

    Read are JSON lines of {"id", "steps"} or {"messages"}, chats, Inspect logs, OTLP spans and MCP traffic. Only acts
    count: what an agent says about itself changes nothing. The number orders transcripts and is no probability.

    \b
    Examples:
      remit monitor score transcripts.jsonl
      remit monitor score logs/*.eval --json > scores.jsonl     each line then names its file
      remit monitor score session.jsonl --at-least 0.5

    \b
    Exit code: 0 scored, 1 a score is at least --at-least, 2 usage, 3 unreadable (of several files the others were
    scored), 10 a transcript was voided: its score is a lower bound and never a pass.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    tally = _Tally(at_least)
    for file in files:
        try:
            _score_file(file, form, tally, output, name=str(file) if len(files) > 1 else "")
        except EvaluationError as error:
            output.refused(error)
            tally.unreadable += 1
    if not json and tally.unreadable < len(files):
        output.plain(tally.said())
    raise typer.Exit(int(tally.answer()))


def _score_file(file: Path, form: str, tally: _Tally, output: Output, *, name: str) -> None:
    """Score and print each transcript of one file, under its ``name`` where it is one of several."""
    if name:
        output.plain(f"{name}:")
    before = tally.read
    for scored in _scores(file, form):
        tally.count(scored)
        if not output.quiet:
            _print(output, scored, first=tally.read == 1, name=name)
        if output.lively and tally.read % 100 == 0:
            output.notice(f"{tally.read} transcripts")
    if tally.read == before:
        raise EvaluationError(f"`{file}` holds no transcript", code="evaluation.transcript.unreadable")


class _Tally:
    """What was read so far."""

    def __init__(self, at_least: float | None) -> None:
        """Start at nothing."""
        self._at_least = at_least
        self.read = self.voided = self.over = self.unreadable = 0

    def count(self, scored: Score) -> None:
        """Count one transcript."""
        self.read += 1
        self.voided += bool(scored.voided)
        self.over += self._at_least is not None and scored.score >= self._at_least

    def answer(self) -> ExitCode:
        """The exit code: what is certain first, then what nobody can know."""
        if self.over:
            return ExitCode.NO
        if self.unreadable:
            return ExitCode.UNREADABLE
        return ExitCode.HOLD if self.voided or not self.read else ExitCode.YES

    def said(self) -> str:
        """The last line of the table."""
        told = "1 transcript" if self.read == 1 else f"{self.read} transcripts"
        parts = [told]
        if self.voided:
            parts.append(f"{self.voided} voided: not a pass")
        if self.unreadable:
            parts.append("1 file unreadable" if self.unreadable == 1 else f"{self.unreadable} files unreadable")
        if self._at_least is not None:
            parts.append(f"{self.over} at least {self._at_least:g}")
        return ", ".join(parts)


def _scores(file: Path, form: str) -> Iterator[Score]:
    """Each transcript's score, read one after the other.

    Raises ``EvaluationError`` where the file cannot be read or has a format nobody knows.
    """
    from remit.cli.garbage import spared
    from remit.monitor.adapters.choosing import open_transcripts
    from remit.monitor.scoring import score

    with _opened(file) as stream, spared():
        for transcript in open_transcripts(stream, name=str(file), wanted=form):
            yield score(transcript)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """The bytes of a file; of standard input as much as a temporary file holds."""
    try:
        if str(file) != "-":
            with file.open("rb") as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.seek(0)
            yield kept
    except OSError as error:
        message = f"`{file}` cannot be read: {(error.strerror or 'unknown').lower()}"
        raise EvaluationError(message, code="evaluation.transcript.unreadable") from None


def _print(output: Output, scored: Score, *, first: bool, name: str) -> None:
    """One transcript: a line of JSON, or a row of the table with its strongest alert."""
    if output.json:
        document = {**({"file": name} if name else {}), **scored.document()}
        output.data(json_text.dumps(document, allow_nan=False) + "\n")  # ASCII: no text moves a cursor
        return
    if first:
        output.plain("   score  calls  transcript")
    best = scored.alerts[0] if scored.alerts else None
    said = f"voided: {scored.voided}" if scored.voided else f"{best.part}, step {best.step}" if best else ""
    output.plain(f"{scored.score:8.4f}  {scored.calls:5}  {scored.id:.40}  {said}")
    if best is not None:
        output.plain(f"{'':17}{best.why:.{_WHY}}")
