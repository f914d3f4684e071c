"""``remit case frameworks``: what a case has to say to the rows of frameworks, standards and laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.case.options import AsOf, CaseArgument, clock_of, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.case import Case
    from remit.assurance.frameworks.coverage import Coverage

__all__ = ["frameworks"]


def frameworks(
    path: CaseArgument = None,
    *,
    framework: Annotated[
        str | None,
        typer.Option(
            "--framework",
            metavar="NAME",
            envvar="REMIT_FRAMEWORK",
            help="Show one framework row by row, such as `NIST AI RMF`; without it, all of them in one line each.",
            show_default=False,
        ),
    ] = None,
    propose: Annotated[
        bool,
        typer.Option(
            "--propose",
            envvar="REMIT_PROPOSE",
            help="Print mappings the claims may be put forward for, to be read, changed and pasted into the case.",
        ),
    ] = False,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """To which rows of which framework does this case have something to say, and how old is all that?

    A view with denominators and ages, no verdict: it counts rows some evidence of this case bears on. It does not say
    that anything meets a framework or a law; that is for people who have read them.

    \b
    Examples:
      remit case frameworks                                  every framework in one line
      remit case frameworks --framework "NIST AI RMF"        its rows, and what speaks to each
      remit case frameworks --propose --framework "EU AI Act"
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.frameworks.coverage import coverage
    from remit.assurance.health import assess_case
    from remit.assurance.looking import look
    from remit.assurance.reader import read_case

    output = Output(quiet=quiet, json=json, colour=not no_color)
    clock = clock_of(as_of)
    read = read_case(locate_case(path))
    name = _known(framework)
    if propose:
        _propose(read, name, output)
        return
    view = coverage(assess_case(read, look(read, clock=clock), as_of=clock.now()), framework=name)
    if json:
        output.document(_document(read, view))
        return
    from remit.cli.case.framework_screen import coverage_screen

    output.show(*coverage_screen(view, one=name is not None, narrow=output.narrow))


def _known(name: str | None) -> str | None:
    """The framework as the data spells it; close names are offered for one nobody knows."""
    import difflib

    from remit.assurance.frameworks.frameworks import read_frameworks

    if name is None:
        return None
    names = {version.framework.lower(): version.framework for version in read_frameworks().versions}
    if name.lower() in names:
        return names[name.lower()]
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.4)
    hint = f"did you mean `{names[close[0]]}`" if close else f"there are {', '.join(sorted(names.values()))}"
    raise typer.BadParameter(f"no such framework `{name}`: {hint}", param_hint="--framework")


def _propose(read: Case, name: str | None, output: Output) -> None:
    """Print proposals as lines of a case, or as JSON."""
    from remit.assurance.frameworks.proposing import propose

    proposals = propose(read, framework=name)
    lines = [{"claim": one.claim, "to": one.to, "relation": one.relation.value} for one in proposals]
    if output.json:
        output.document({"schema": "remit.proposal/1", "version": 1, "case": read.id, "mappings": lines})
        return
    import json

    text = "# proposals: read each row before you keep its line\nmappings:\n"
    output.data(text + "".join(f"  - {json.dumps(line, ensure_ascii=False)}\n" for line in lines))


def _document(read: Case, view: Coverage) -> dict[str, Any]:
    """The view as JSON (``remit.coverage/1``)."""
    return {
        "schema": "remit.coverage/1",
        "version": 1,
        "case": read.id,
        "as_of": view.as_of.isoformat(),
        "data_age_days": view.data_age_days,
        "frameworks": [
            {
                "framework": one.version.framework,
                "version": one.version.version,
                "dated": one.version.dated.isoformat(),
                "age_days": one.age_days,
                "confirmed": one.version.confirmed.isoformat() if one.version.confirmed else None,
                "superseded_by": one.version.superseded_by,
                "relevant": one.relevant,
                "counts": {state.value: count for state, count in one.counts.items()},
                "rows": [
                    {
                        "id": row.row.id,
                        "title": row.row.title,
                        "state": row.state.value,
                        "claims": list(row.claims),
                        "because": row.because,
                        "status": row.row.status,
                        "source": row.row.source,
                    }
                    for row in one.rows
                ],
            }
            for one in view.frameworks
        ],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "where": str(finding.where),
                "message": finding.message,
                "hint": finding.hint,
            }
            for finding in view.findings
        ],
    }
