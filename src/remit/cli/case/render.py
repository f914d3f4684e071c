"""``remit case render``: the safety case as a page, as text for a pull request, and in the formats other tools read."""

from __future__ import annotations

import json as json_text
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli.case.ledgers import LedgersOption, RunsOption
from remit.cli.case.options import AsOf, CaseArgument, clock_of, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.views.state import State

__all__ = ["render"]

_Target: TypeAlias = Path | None


def _file(name: str, help_text: str) -> typer.models.OptionInfo:
    """An option that names the file of one format."""
    option: typer.models.OptionInfo = typer.Option(
        f"--{name}",
        metavar="FILE",
        envvar=f"REMIT_CASE_{name.upper().replace('-', '_')}",
        help=help_text,
        show_default=False,
    )
    return option


def render(
    path: CaseArgument = None,
    *,
    html: Annotated[_Target, _file("html", "One page: no script, no network; to be read, shown and printed.")] = None,
    markdown: Annotated[_Target, _file("markdown", "Text for a pull request, with the tree as mermaid.")] = None,
    mermaid: Annotated[_Target, _file("mermaid", "The tree alone, as mermaid.")] = None,
    gsn: Annotated[_Target, _file("gsn", "Goal structuring notation, as YAML for gsn2x.")] = None,
    sarif: Annotated[_Target, _file("sarif", "Findings and the reasons of the gate, as SARIF 2.1.0.")] = None,
    junit: Annotated[_Target, _file("junit", "Each claim of the gate and the verdict as a test case.")] = None,
    in_toto: Annotated[_Target, _file("in-toto", "The verdict as an in-toto statement, to be signed.")] = None,
    as_of: AsOf = None,
    ledger: LedgersOption = None,
    run: RunsOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Show a safety case to people and to other tools. It shows; `remit gate` answers with its exit code.

    The same case on the same day gives the same bytes. `-` is standard output. Nothing is fetched, nothing is sent, and
    no word of the case is taken for markup.

    \b
    Examples:
      remit case render --html case.html
      remit case render --html case.html --run mailer-3f2a9c   with the numbers of the running system
      remit case render --markdown - --as-of 2026-11-21
      remit case render --sarif case.sarif --junit gate.xml --in-toto verdict.json
      remit case render --gsn case.gsn.yaml && gsn2x case.gsn.yaml

    \b
    Exit code: 0 written, whatever the verdict is; 2 usage, 3 unreadable, 4 a file cannot be written.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    wanted = {
        "html": html, "markdown": markdown, "mermaid": mermaid, "gsn": gsn, "sarif": sarif, "junit": junit,
        "in-toto": in_toto,
    }  # fmt: skip
    targets = {name: target for name, target in wanted.items() if target is not None}
    if not targets:
        raise typer.BadParameter(f"name a file for at least one of {', '.join(f'--{name}' for name in wanted)}")
    _one_document(targets, json=json)
    from remit.assurance.views.state import state_of_case
    from remit.cli.case.ledgers import heed_ledgers

    output = Output(quiet=quiet, json=json, colour=not no_color)
    state = state_of_case(locate_case(path), clock=clock_of(as_of))
    state = heed_ledgers(state, [*(ledger or ()), *(run or ())], output)
    texts = {name: _text(name, state) for name in targets}  # all of them before the first is written
    _write(targets, texts, output)
    if json:
        files = {name: str(target) for name, target in targets.items()}
        verdict = state.release.verdict.value
        output.document({"schema": "remit.rendered/1", "version": 1, "verdict": verdict, "files": files})


def _one_document(targets: dict[str, Path], *, json: bool) -> None:
    """Refuse two documents on standard output."""
    if sum(str(target) == "-" for target in targets.values()) + json > 1:
        raise typer.BadParameter("standard output has room for one document")


def _text(name: str, state: State) -> str:
    """One format."""
    return "".join(_pieces(name, state))


def _pieces(name: str, state: State) -> Iterator[str]:
    """The text of one format; only what is wanted is loaded."""
    assessment, release = state.assessment, state.release
    match name:
        case "html":
            from remit.assurance.views.page import render as render_page

            yield render_page(assessment, release, observed=state.observed)
        case "markdown":
            from remit.assurance.views.markdown import markdown_text

            yield markdown_text(assessment, release)
        case "mermaid":
            from remit.assurance.views.mermaid import mermaid_text

            yield mermaid_text(assessment)
        case "gsn":
            from remit.assurance.views.goals import goal_yaml

            yield goal_yaml(assessment)
        case "junit":
            from remit.assurance.views.gate_cases import gate_junit

            yield gate_junit(assessment, release)
        case "sarif":
            yield _sarif(state)
        case _:
            from remit.assurance.views.statement import gate_statement

            yield json_text.dumps(gate_statement(assessment, release), indent=2) + "\n"


def _sarif(state: State) -> str:
    """The SARIF log, with every rule of remit described."""
    from remit import __version__
    from remit.assurance.views.gate_log import gate_sarif
    from remit.cli.rules import sarif_rules

    log = gate_sarif(state.assessment, state.release, rules=sarif_rules(), tool_version=__version__, root=Path.cwd())
    return json_text.dumps(log, indent=2) + "\n"


def _write(targets: dict[str, Path], texts: dict[str, str], output: Output) -> None:
    """Write every text to its file."""
    from remit.cli.files import write_file

    for name, target in targets.items():
        if str(target) == "-":
            output.data(texts[name])
        else:
            write_file(target, texts[name])
            output.notice(f"wrote {target}")
