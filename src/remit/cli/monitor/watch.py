"""``remit monitor CHARTER --follow | --replay LEDGER``: what a run does to authority, as it happens or as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.evidence_options import EvidenceFile, Place, Subjects, told_of, write_record
from remit.cli.log.options import AnchoredOption, AnchorOption, AsOption
from remit.cli.log.places import KeyOption
from remit.cli.monitor.options import (
    AtLeast,
    CharterOrLedger,
    FailOn,
    Follow,
    Ledger,
    Replay,
    Respond,
    RespondAt,
    Test,
    TestLevel,
    as_threshold,
)
from remit.cli.options import Debug, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.monitor.session import Session

__all__ = ["watch"]

_TRANSCRIPTS = (".jsonl", ".ndjson", ".eval", ".traj")
"""How files are called that no charter and no ledger is: they are scored, not watched."""
JsonLines = Annotated[
    bool, typer.Option("--json", envvar="REMIT_JSON", help="A line of JSON for each alert, and one at the end.")
]


def watch(
    *,
    charter: CharterOrLedger = None,
    ledger: Ledger = None,
    follow: Follow = False,
    replay: Replay = False,
    fail_on: FailOn = "0.5",
    at_least: AtLeast = 0.3,
    respond: Respond = False,
    respond_at: RespondAt = 0.9,
    test: Test = False,
    alpha: TestLevel = 0.01,
    anchor: AnchorOption = None,
    name: AsOption = "",
    key: KeyOption = None,
    anchored: AnchoredOption = False,
    evidence: EvidenceFile = None,
    subject: Subjects = None,
    place: Place = "this machine",
    json: JsonLines = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Watch a run: each alert says which behaviour, at which step, how strongly, and what shows it.

    Without a charter the nearest remit.yaml is taken where there is one; without one nothing is known to be allowed.
    With --follow it goes on until the run ends. With --respond it does what the charter's `oversight.monitor` says.
    With --test it also weighs whether the calls pursue the declared task or a goal that resisting pays for. That the
    end of a ledger was cut off can only be told with a checkpoint kept elsewhere: --anchor compares with it.

    \b
    Examples:
      remit monitor --follow                          the run that lives
      remit monitor remit.yaml --follow mailer-3f2a9c --respond
      remit monitor remit.yaml --replay mailer-3f2a9c
      remit monitor remit.yaml --replay mailer --test --alpha 0.001
      remit monitor remit.yaml --replay mailer --anchor /mnt/vault/anchors.jsonl
      remit monitor remit.yaml --replay mailer --evidence watch.json --subject image=sha256:4f1c
      remit monitor --replay ledger.db --json | jq 'select(.strength > 0.5)'

    \b
    Exit code: 0 nothing at or above --fail-on, 1 something, 10 unknown (the ledger cannot be read in full), 2 usage,
    3 unreadable.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    if follow and replay:
        raise typer.BadParameter("--follow and --replay at once: one is for a run that goes on, one for what was")
    least, told = as_threshold(fail_on), told_of(subject)
    rules, named = _sorted_out(charter, ledger)
    from remit.cli.monitor.source import chosen, vouched_for

    found = chosen(named, output, follow=follow, json=json)
    from remit.cli.monitor.session import Session

    if respond and rules is None:
        raise typer.BadParameter("--respond needs a charter: it says what is done")
    level = alpha if test else None
    respond_from = respond_at if respond else None
    vouched = vouched_for(found, anchor or [], output, name=name, key=key, lenient=anchored or follow)
    session = Session.of(
        found, rules, output, at_least=at_least, respond_at=respond_from, test_at=level, vouched=vouched
    )
    code = session.run(follow=follow, fail_on=least)
    if evidence is not None:
        write_record(evidence, _record(session, least, told, place), output)
    raise typer.Exit(int(code))


def _record(session: Session, least: float | None, told: dict[str, str], place: str) -> dict[str, Any]:
    """What the watch amounts to as evidence."""
    from remit import __version__
    from remit.assurance.records.produced import Circumstances, watch_record
    from remit.clock import SystemClock

    alerts = session.watch.monitor.finish()
    strengths = dict(session.strengths)
    for alert in alerts:
        strengths[alert.step] = max(alert.strength, strengths.get(alert.step, 0.0))
    return watch_record(
        session.found.name,
        charter=session.charter.digest if session.charter is not None else None,
        strangers=sorted(session.watch.reading.strangers),
        calls=session.watch.monitor.calls,
        strengths=strengths,
        parts=[alert.part for alert in alerts],
        level=least,
        alarmed=session.test is not None and session.test.alarm is not None,
        doubts=session.doubts(),
        at=Circumstances(clock=SystemClock(), version=__version__, setting=place, told=told),
    )


def _sorted_out(charter: Path | None, ledger: str | None) -> tuple[Charter | None, str | None]:
    """The charter and the name of the ledger: one word alone is a ledger unless it is the file of a charter."""
    from remit.cli.locating import locate, open_charter
    from remit.errors import CharterError

    if charter is not None and ledger is None and not _is_charter(charter):
        charter, ledger = None, str(charter)
    for given in (charter, ledger and Path(ledger)):
        if given and given.suffix in _TRANSCRIPTS and given.is_file():
            raise typer.BadParameter(f"`{given}` looks like transcripts; `remit monitor score {given}` reads those")
    if charter is not None:
        return open_charter(charter), ledger
    try:
        place = locate(None)
    except CharterError:
        return None, ledger
    return open_charter(place), ledger


def _is_charter(path: Path) -> bool:
    """Whether a path is meant as a charter: a folder or a file that is no ledger."""
    return path.is_dir() or path.suffix in (".yaml", ".yml", ".json") or (path.is_file() and path.suffix != ".db")
