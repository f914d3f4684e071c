"""``remit monitor score``: how instrumental each transcript of a file is, as one number and the alerts behind it."""

from __future__ import annotations

import io
import json as json_text
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from remit.cli.completing import among
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.progress import progress
from remit.errors import EvaluationError

if TYPE_CHECKING:
    from remit.cli.progress import Report
    from remit.monitor.scoring import Score

__all__ = ["score_command"]

_FORMATS = ("plain", "session", "inspect-eval", "inspect-json", "otel", "runs", "mcp")
_WHY = 70
_MEGABYTE = 1_000_000
_BUFFER = 1 << 20


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

    Read are JSON lines of {"id", "steps"} or {"messages"}, chats, sessions of coding agents, Inspect logs, spans and
    runs of tracers, MCP traffic; the format is found by looking. Only acts count: what an agent says about itself
    changes nothing. The number orders transcripts and is no probability.

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
    with progress(output, rows=True) as report:
        for file in files:
            try:
                _score_file(file, form, tally, output, report, name=str(file) if len(files) > 1 else "")
            except EvaluationError as error:
                output.refused(error)
                tally.unreadable += 1
    if not json and tally.unreadable < len(files):
        output.plain(tally.said())
    raise typer.Exit(int(tally.answer()))


def _score_file(file: Path, form: str, tally: _Tally, output: Output, report: Report, *, name: str) -> None:
    """Score and print each transcript of one file, under its ``name`` where it is one of several."""
    if name:
        output.plain(f"{name}:")
    before = tally.read
    for scored in _scores(file, form, report):
        tally.count(scored)
        if not output.quiet:
            _print(output, scored, first=tally.read == 1, name=name)
    if tally.read == before:
        hint = "see that its recorder finished it; --format names what it is"
        raise EvaluationError(f"`{file}` holds no transcript", code="evaluation.transcript.unreadable", hint=hint)


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


def _scores(file: Path, form: str, report: Report) -> Iterator[Score]:
    """Each transcript's score, read one after the other.

    Raises ``EvaluationError`` where the file cannot be read or has a format nobody knows.
    """
    from remit.cli.garbage import spared
    from remit.monitor.adapters.choosing import open_transcripts
    from remit.monitor.scoring import score

    with _opened(file, report) as stream, spared():
        for transcript in open_transcripts(stream, name=str(file), wanted=form):
            yield score(transcript)


class _Watched(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, opened: int | str, name: str, report: Report) -> None:
        """Read a path, or what is open already, and report on it under ``name``."""
        super().__init__(opened, "rb", closefd=isinstance(opened, str))
        self._called, self._report = name, report
        self._total = os.fstat(self.fileno()).st_size // _MEGABYTE

    def readinto(self, buffer: Any, /) -> int | None:
        """Read on, and say how far that is."""
        self._report(f"{self._called}, megabytes", min(self.tell() // _MEGABYTE, self._total), self._total)
        return super().readinto(buffer)


@contextmanager
def _opened(file: Path, report: Report) -> Iterator[BinaryIO]:
    """The bytes of a file; of standard input as much as a temporary file holds."""
    try:
        if str(file) != "-":
            with io.BufferedReader(_Watched(str(file), str(file), report), _BUFFER) as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as kept:
            report("reading standard input", 0, 0)
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.flush()
            kept.seek(0)
            with io.BufferedReader(_Watched(kept.fileno(), "standard input", report), _BUFFER) as stream:
                yield stream
    except OSError as error:
        message = f"`{file}` cannot be read: {(error.strerror or 'unknown').lower()}"
        raise EvaluationError(message, code="evaluation.transcript.unreadable") from None


def _on_a_line(text: str, most: int) -> str:
    """A text of the transcript as one line of the table: nobody's words begin a row of their own."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


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
    output.plain(f"{scored.score:8.4f}  {scored.calls:5}  {_on_a_line(scored.id, 40)}  {said}")
    if best is not None:
        output.plain(f"{'':17}{_on_a_line(best.why, _WHY)}")
