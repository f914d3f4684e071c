"""``remit explain``: a charter in words, or one thing a report named: a code, a drive, an affordance."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli import completing
from remit.cli.options import Debug, Goals, Json, NoColor, Quiet, Seed
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.incentives.report import Report

__all__ = ["explain"]


def explain(
    *,
    charter_and_id: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHARTER] [ID]",
            autocompletion=completing.explained,
            show_default=False,
            help="A charter, and what to explain: a code, a drive, a fact, or an affordance a report named.",
        ),
    ] = None,
    json: Json = False,
    goals: Goals = 2000,
    seed: Seed = 0,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Say what a charter allows in words, or what a code, a drive or an affordance means.

    \b
    Examples:
      remit explain                        what this agent may do, in words
      remit explain REMIT-C011             what a finding means and what to do about it
      remit explain self-preservation      what a drive is
      remit explain metadata_service       what a fact about the surroundings opens
      remit explain remit.yaml k8s.detach_stop
                                           how the agent gets there, which line opens it, what it costs to close
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    charter, identifier = _sort_out(charter_and_id or [])
    if identifier is None:
        _describe(charter, output, json=json)
    elif not any(
        one(identifier, output, json=json) for one in (_explain_rule, _explain_drive, _explain_fact, _explain_part)
    ):
        _explain_affordance(charter, identifier, output, json=json, goals=goals, seed=seed)


def _sort_out(words: list[str]) -> tuple[Path | None, str | None]:
    """Tell the charter from the id: a file, or a name that ends like one, is the charter."""
    if len(words) > 2:
        raise typer.BadParameter("at most two arguments: a charter and an id")
    if len(words) == 2:
        return Path(words[0]), words[1]
    if not words:
        return None, None
    only = words[0]
    is_file = only.endswith((".yaml", ".yml")) or Path(only).exists() or "/" in only
    return (Path(only), None) if is_file else (None, only)


def _describe(given: Path | None, output: Output, *, json: bool) -> None:
    """The charter in words."""
    from remit.charter.prose import describe
    from remit.cli.locating import open_charter

    charter = open_charter(given)
    text = describe(charter)
    if json:
        output.document({"schema": "remit.explain/1", "version": 1, "charter": charter.path, "text": text})
    from remit.cli.charter.explanations import prose_screen

    output.show(*prose_screen(text))


def _explain_rule(identifier: str, output: Output, *, json: bool) -> bool:
    """A finding code: what it looks for, why it matters, what to do; false when it is no code."""
    from remit.cli.rules import every_rule

    rules = {rule.code: rule for rule in every_rule()}
    wanted = identifier.upper()
    if wanted not in rules:
        if wanted.startswith("REMIT-"):
            close = difflib.get_close_matches(wanted, rules, n=1)
            raise typer.BadParameter(
                f"no such code `{identifier}`: {_nearest(close, 'remit schema --rules lists all codes')}"
            )
        return False
    rule = rules[wanted]
    if json:
        fields = {"code": rule.code, "title": rule.title, "severity": rule.severity.value, "help": rule.help}
        output.document({"schema": "remit.explain/1", "version": 1, "rule": fields})
    from remit.cli.charter.explanations import rule_screen

    output.show(*rule_screen(rule))
    return True


def _explain_drive(identifier: str, output: Output, *, json: bool) -> bool:
    """A drive, one of its parts, or a boundary pressure; false when it is none of them."""
    from remit.drive import every_id, title_of

    if identifier not in set(every_id()):
        return False
    if json:
        output.document(
            {"schema": "remit.explain/1", "version": 1, "drive": {"id": identifier, "title": title_of(identifier)}}
        )
    from remit.cli.charter.explanations import drive_screen

    output.show(*drive_screen(identifier))
    return True


def _explain_part(identifier: str, output: Output, *, json: bool) -> bool:
    """A part of a drive by its short name, where that is not the name of a fact."""
    from remit.drive import every_id

    whole = {known.rpartition(".")[2]: known for known in every_id()}
    return identifier in whole and _explain_drive(whole[identifier], output, json=json)


def _explain_fact(identifier: str, output: Output, *, json: bool) -> bool:
    """A fact about the surroundings: what it says, its values, what it opens; false when it is none of them."""
    from remit.charter.context import CONTEXT

    names = {name: key for key in CONTEXT for name in (key.id, f"context.{key.id}")}
    if identifier not in names:
        return False
    key = names[identifier]
    if json:
        fields = {"id": key.id, "meaning": key.meaning, "values": list(key.values), "field": key.field}
        output.document({"schema": "remit.explain/1", "version": 1, "fact": fields})
    from remit.cli.charter.explanations import fact_screen
    from remit.incentives.catalogue import load_catalogue

    output.show(*fact_screen(key, [row for row in load_catalogue() if key.id in row.when]))
    return True


def _explain_affordance(
    given: Path | None, identifier: str, output: Output, *, json: bool, goals: int, seed: int
) -> None:
    """An affordance of one charter: computed, then told step by step."""
    from remit.cli.locating import open_charter
    from remit.cli.measuring import measure
    from remit.incentives.text_findings import lint_charter

    charter = open_charter(given)
    report = measure(charter, lint_charter(charter), output, goals=goals, seed=seed)
    _require(report, identifier)
    if json:
        from remit.incentives.encoding import encode

        chosen = [entry for entry in encode(report)["affordances"] if entry["id"] == identifier]
        output.document({"schema": "remit.explain/1", "version": 1, "charter": charter.path, "affordance": chosen[0]})
    from remit.cli.charter.affordance_screen import affordance_screen

    output.show(*affordance_screen(report, identifier))


def _require(report: Report, identifier: str) -> None:
    """Refuse a name that is nothing in this report, with the nearest one."""
    known = [reading.id for reading in report.affordances]
    if identifier not in known:
        from remit.drive import every_id

        words = [*every_id(), *(word.rpartition(".")[2] for word in every_id())]
        close = difflib.get_close_matches(identifier, words, n=1, cutoff=0.8)
        close = close or difflib.get_close_matches(identifier, known, n=1, cutoff=0.4)
        message = f"`{identifier}` is no affordance of `{report.charter_path}`, no code, no drive and no fact"
        raise typer.BadParameter(f"{message}: {_nearest(close, 'known are ' + ', '.join(sorted(known)[:12]))}")


def _nearest(close: list[str], otherwise: str) -> str:
    """A hint with the nearest name, where there is one."""
    return f"did you mean `{close[0]}`?" if close else otherwise
