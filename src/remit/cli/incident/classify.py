"""``remit incident classify``: what a record comes to, and what would change that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.incidents import Derivation, Incident

__all__ = ["RecordArgument", "classify"]

RecordArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="RECORD", help="An incident record (spec/incident.md).", show_default=False)
]


def classify(
    record: RecordArgument,
    *,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Say what a record comes to: its class, whether it was instrumental, how severe, and what is missing.

    The table looks at six facts (T1 signal, T2 in view, T3 act, T4 counterfactual, T5 second stop, T6 candour), never
    at motives. A fact accounts differ on, or that rests on the agent's own word, counts as unknown. In doubt it takes
    the mundane label and names the record that would change it.

    \b
    Examples:
      remit incident classify incidents/I-1.yaml
      remit incident classify incidents/I-1.yaml --json

    \b
    Exit code: 0 answered, 3 the record cannot be read, 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.incidents import derive, read_incident

    output = Output(quiet=quiet, json=json, colour=not no_color)
    incident = read_incident(record)
    derived = derive(incident)
    _warn(incident, output)
    if json:
        from remit.assurance.incidents.encoding import encode_class

        output.document(encode_class(incident, derived))
    else:
        _show(incident, derived, output)


def _warn(incident: Incident, output: Output) -> None:
    """Say what in the record is doubtful, on standard error."""
    from remit.assurance.incidents.agreement import disagreements
    from remit.cli.findings import finding_lines

    for finding in disagreements(incident):
        output.show(finding_lines(finding), errors=True)


def _show(incident: Incident, derived: Derivation, output: Output) -> None:
    """The answer in words."""
    from remit.assurance.incidents.encoding import FACT_KEYS, act_word

    output.plain(f"{incident.id}  {incident.title}")
    output.plain()
    output.plain(f"  class         {derived.found}: {derived.because}")
    output.plain(f"  instrumental  {derived.instrumental}: {derived.instrumental_because}")
    output.plain(f"  severity      {derived.severity}")
    output.plain()
    facts = {"T3_act": act_word(derived.act)}
    facts |= {FACT_KEYS.get(name, name): str(known) for name, known in derived.facts.items()}
    for name in sorted(facts, key=lambda name: (not name.startswith("T"), name)):
        output.plain(f"  {name:<18}{facts[name]}")
    if derived.missing:
        output.plain()
        output.plain("What would change this:")
        for line in derived.missing:
            output.plain(f"  {line}")
