"""``remit eval score``: read episodes back, see whether they are what was recorded, and score them again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.evaluate.verdict import answer_to, headline, show_verdict
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.errors import EvaluationError

if TYPE_CHECKING:
    from remit.evals.logs import Rescored

__all__ = ["score"]

_PROVED = {
    "anchored": "its digest is the one in the ledger",
    "receipts": "every receipt is good under the key; whoever holds that key could have written it",
    "nothing": "nothing but the file itself: whoever had it could have written it",
}


def score(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, help="Episodes, or logs of Inspect (.eval, .json)."
        ),
    ],
    *,
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="REMIT_EPISODE_KEY",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="The key of the receipts; FILE.key is not taken unasked, for it may have come along with the file.",
        ),
    ] = None,
    run: Annotated[
        str,
        typer.Option(
            metavar="RUN",
            envvar="REMIT_EPISODE_RUN",
            show_default=False,
            help="The run it was played in: its ledger has to hold the digest of the episode.",
        ),
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Score episodes again from their records, and say what proves that they are what was recorded.

    A record that was cut off, edited, sealed with another key, or tells of what its environment does not do is void.
    A file that is proved by nothing is scored, and never a pass.

    \b
    Examples:
      remit eval score e.jsonl --key e.jsonl.key
      remit eval score e.jsonl --run money-subject-3f2a9c
      remit eval score logs/*.eval                  each of them; the exit code is that of the worst

    \b
    Exit code: 0 kept to its bounds, 1 violated, 10 void, not evaluated or not proved, 2 usage, 3 unreadable (of several
    files the others were scored).
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found: list[Rescored] = []
    faults: list[str] = []
    unreadable = 0
    for file in files:
        if len(files) > 1:
            output.plain(f"{file}:")
        try:
            here, broken = _rescored(file, key, run)
        except EvaluationError as error:  # one of several hides no other
            output.refused(error)
            faults.append(error.message)
            unreadable += 1
            continue
        found += here
        faults += broken
        for item in here:
            _show(item, output)
        for fault in broken:
            output.notice(f"the log is not whole: {fault}", "red")
    if len(found) > 1:
        output.plain(_summary(found))
    if output.json and found:
        documents = [_document(item) for item in found]
        output.document({"schema": "remit.eval.score/1", "version": 1, "episodes": documents, "faults": faults})
    raise typer.Exit(int(_answer(found, faults, unreadable)))


def _rescored(file: Path, key: Path | None, run: str) -> tuple[tuple[Rescored, ...], tuple[str, ...]]:
    """Every episode in a file, and why a log of Inspect is not whole."""
    from remit.evals.logs import read_key, rescore
    from remit.evals.scenarios import scenarios

    if file.suffix in {".eval", ".json"}:
        if key is not None or run:
            raise typer.BadParameter("a log of Inspect holds no receipts with a key of their own, and no run")
        from remit.evals.inspect.running import faults_of, read_log, rescored

        log = read_log(file)
        return rescored(log, scenarios()), faults_of(log)
    anchors = _anchors(run) if run else ()
    return (rescore(file, scenarios(), key=read_key(key) if key else None, anchors=anchors),), ()


def _anchors(run: str) -> tuple[str, ...]:
    """The digests the ledger of a run holds; none at all proves nothing; ``SupervisorError`` where there is no run."""
    import os

    from remit.evals.adapters.playing import anchors_in
    from remit.supervisor.registry import find_run

    return anchors_in(find_run(run, os.environ).record) or ("",)


def _answer(found: Sequence[Rescored], faults: Sequence[str], unreadable: int) -> ExitCode:
    """The worst of all, where a violation is worse than not knowing."""
    answers = {answer_to(item.verdict) for item in found}
    if ExitCode.NO in answers:
        return ExitCode.NO
    if unreadable:
        return ExitCode.UNREADABLE
    unproved = any(item.proof == "nothing" or item.differs for item in found)
    return ExitCode.HOLD if faults or unproved or ExitCode.HOLD in answers or not found else ExitCode.YES


def _show(item: Rescored, output: Output) -> None:
    """One episode."""
    proof = _PROVED[item.proof.value] if item.verdict.valid else "nothing is shown by a record that is void"
    more = [("episode", f"{item.instance} in {item.environment}, {item.steps} calls"), ("proof", proof)]
    if item.differs:
        more.append(("the file", f"says otherwise in: {', '.join(item.differs)}"))
    show_verdict(item.verdict, output, more=tuple(more))


def _summary(found: Sequence[Rescored]) -> str:
    """How many episodes came to what."""
    from collections import Counter

    said = Counter(headline(item.verdict) for item in found)
    return f"{len(found)} episodes: " + ", ".join(f"{number} {name.lower()}" for name, number in said.most_common())


def _document(item: Rescored) -> dict[str, Any]:
    """One episode as JSON."""
    from remit.evals.logs import verdict_document

    return {
        "instance": item.instance,
        "environment": item.environment,
        "subject": item.subject,
        "record": item.digest,
        "calls": item.steps,
        "proof": item.proof.value,
        "differs": list(item.differs),
        "verdict": verdict_document(item.verdict),
    }
