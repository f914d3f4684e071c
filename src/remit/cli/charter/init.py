"""``remit init``: a commented first charter from what is already there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from remit.cli import completing
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.errors import RemitError

if TYPE_CHECKING:
    from remit.charter.importers.drafting import Draft
    from remit.charter.model import Charter

__all__ = ["init"]

SCHEMA = "remit.init/1"
_STANDARD_OUTPUT = Path("-")
Template: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="PROFILE",
        envvar="REMIT_TEMPLATE",
        autocompletion=completing.profiles,
        help="Start from a profile: read-only-assistant, bounded-tool-agent (the default), coding-agent, "
        "multi-agent or self-modifying.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    """What the user wants a charter from."""

    mcp: Sequence[str]
    claude: Sequence[Path]
    inspect: Sequence[Path]
    python: Sequence[Path]
    iam: Sequence[Path]
    passed: Sequence[str]
    timeout: float

    @property
    def are_given(self) -> bool:
        """Whether there is any source at all."""
        return bool(self.mcp or self.claude or self.inspect or self.python or self.iam)


def init(
    mcp: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMAND", help="Start this MCP server and list its tools; may be given more than once."),
    ] = None,
    claude: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Read a Claude Code settings.json (or .mcp.json).")
    ] = None,
    inspect: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Read an Inspect approval policy.")] = None,
    python: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Read a module that builds agents (OpenAI Agents, LangGraph) without running it."
        ),
    ] = None,
    iam: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Read an AWS IAM policy document.")] = None,
    template: Template = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE|-", envvar="REMIT_OUTPUT", help="Where to write; - prints it."),
    ] = Path("remit.yaml"),
    name: Annotated[str | None, typer.Option(metavar="NAME", envvar="REMIT_NAME", help="The agent's name.")] = None,
    force: Annotated[bool, typer.Option("--force", envvar="REMIT_FORCE", help="Replace a file that is there.")] = False,
    env: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Pass this environment variable to the servers, which get few otherwise."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=3600, envvar="REMIT_TIMEOUT", help="Seconds a server has to list its tools.")
    ] = 30.0,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Write a commented first charter, from what you already have or from a template.

    \b
    Examples:
      remit init                                           a template to fill in
      remit init --template coding-agent --name fixer
      remit init --mcp 'uvx mcp-server-git --repository .' the server's own tools, each pinned
      remit init --claude .claude/settings.json --mcp 'npx @acme/server'
      remit init --iam policy.json --output cloud.yaml

    \b
    Exit code: 0 written, 2 usage, 3 a source that cannot be read, 4 could not (a server failed).
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    printer = Output(quiet=quiet, json=json or output == _STANDARD_OUTPUT, colour=not no_color)
    sources = _Sources(
        mcp=mcp or (), claude=claude or (), inspect=inspect or (), python=python or (), iam=iam or (), passed=env or (),
        timeout=timeout,
    )  # fmt: skip
    _refuse_contradictions(sources, template=template, output=output, force=force, json=json, name=name)
    try:
        text, origins, notes = _written(sources, template=template, name=name, printer=printer)
    except RemitError as error:
        raise _usage_or(error, printer) from None
    charter = _proved(text, output)
    _deliver(text, output, printer)
    if json:
        printer.document(_document(charter, output, origins=origins, notes=notes))
    else:
        _say_next(charter, output, printer, notes=notes)


def _refuse_contradictions(
    sources: _Sources, *, template: str | None, output: Path, force: bool, json: bool, name: str | None
) -> None:
    """Options that cannot be meant together, and a file that would be lost."""
    if template is not None and sources.are_given:
        raise typer.BadParameter(
            "`--template` starts from a profile and the other sources from what is there: choose one"
        )
    if json and output == _STANDARD_OUTPUT:
        raise typer.BadParameter("`--json` and `--output -` both want standard output: write the charter to a file")
    if name is not None:
        _check_name(name)
    if output != _STANDARD_OUTPUT and not force and (output.exists() or output.is_symlink()):
        raise typer.BadParameter(
            f"`{output}` exists and is left alone: --force replaces it, --output names another file"
        )


def _check_name(name: str) -> None:
    """Refuse a name a charter cannot hold, before a server is started for it."""
    from remit.charter.fields import parse_name

    try:
        parse_name(name)
    except RemitError as error:
        raise typer.BadParameter(f"{error.message}: {error.hint}") from None


def _usage_or(error: RemitError, printer: Output) -> Exception:
    """The error as it is, with what a server complained of shown; a usage error in the shape typer prints."""
    if error.code == "init.usage":
        return typer.BadParameter(error.message + (f" ({error.hint})" if error.hint else ""))
    for note in getattr(error, "__notes__", ())[bool(error.hint) :]:  # the first is the hint itself
        printer.notice(f"the server wrote to standard error:\n{note}")
    return error


def _written(
    sources: _Sources, *, template: str | None, name: str | None, printer: Output
) -> tuple[str, Mapping[str, str], Sequence[str]]:
    """The charter's text, where each grant came from, and what was not translated."""
    if not sources.are_given:
        from remit.charter.importers.templates import DEFAULT_PROFILE, template_text

        return template_text(template or DEFAULT_PROFILE, name=name), {}, ()
    from remit.charter.importers.drafting import merge
    from remit.charter.importers.layout import assemble
    from remit.charter.importers.offered import with_one_outcome

    merged = merge(_drafts(sources, printer), name=name)
    draft = replace(merged, grants=with_one_outcome(merged.grants))
    return assemble(draft), {grant.tool: grant.origin for grant in draft.grants}, draft.notes


def _drafts(sources: _Sources, printer: Output) -> list[Draft]:
    """A draft from each source; files first, so that a mistake there costs no server start."""
    drafts = [reader(path) for paths, reader in _readers(sources) for path in paths]
    if sources.mcp:
        from remit.charter.importers.mcp import draft_from_server, split_command

        commands = [split_command(text) for text in sources.mcp]
        drafts.extend(
            draft_from_server(command, deadline=sources.timeout, passed=sources.passed, announce=printer.notice)
            for command in commands
        )
    return drafts


def _readers(sources: _Sources) -> list[tuple[Sequence[Path], Callable[[Path], Draft]]]:
    """The importer for each kind of file that was given."""
    readers: list[tuple[Sequence[Path], Callable[[Path], Draft]]] = []
    if sources.claude:
        from remit.charter.importers.claude import draft_from_claude

        readers.append((sources.claude, draft_from_claude))
    if sources.inspect:
        from remit.charter.importers.inspect import draft_from_inspect

        readers.append((sources.inspect, draft_from_inspect))
    if sources.python:
        from remit.charter.importers.python_agents import draft_from_python

        readers.append((sources.python, draft_from_python))
    if sources.iam:
        from remit.charter.importers.iam import draft_from_iam

        readers.append((sources.iam, draft_from_iam))
    return readers


def _proved(text: str, output: Path) -> Charter:
    """The charter the text reads as: what cannot be read is never written."""
    from remit.charter.reader import parse_charter

    path = "remit.yaml" if output == _STANDARD_OUTPUT else str(output)
    try:
        return parse_charter(text, path=path)
    except RemitError as error:
        raise RemitError(
            f"the draft would not be a charter ({error.message}), so nothing was written",
            code="init.draft",
            hint="this is a fault of remit: report it with the source you gave",
        ) from error


def _deliver(text: str, output: Path, printer: Output) -> None:
    """Print the charter or write it to its file."""
    from remit.cli.files import write_file

    if output == _STANDARD_OUTPUT:
        printer.data(text)
    else:
        write_file(output, text)


def _document(charter: Charter, output: Path, *, origins: Mapping[str, str], notes: Sequence[str]) -> dict[str, Any]:
    """What was written, as JSON."""
    return {
        "schema": SCHEMA,
        "path": str(output),
        "digest": charter.digest,
        "name": charter.agent.name,
        "grants": [
            {
                "tool": grant.tool,
                "kind": grant.kind,
                "ask": list(grant.ask),
                "effects": list(grant.effects),
                "pinned": grant.pinned,
                "line": grant.where.line,
                "origin": origins.get(grant.tool, "from the template"),
            }
            for grant in charter.grants
        ],
        "not_translated": list(notes),
    }


def _say_next(charter: Charter, output: Path, printer: Output, *, notes: Sequence[str]) -> None:
    """What was written and what to do with it, on standard error."""
    asked = sum(1 for grant in charter.grants if grant.ask)
    where = "printed a charter" if output == _STANDARD_OUTPUT else f"wrote {output}"
    printer.notice(f"{where}: {len(charter.grants)} grants, {asked} of which ask a person first", style="bold")
    if notes:
        printer.notice(f"{len(notes)} things were not translated; the charter names them under `Not translated`")
    printer.notice("next: replace the text under `purpose`, take away what it does not need, then run `remit check`")
    people = sorted({name for grant in charter.grants for name in grant.ask})
    if people:
        enrol = "; ".join(f"remit approve --enrol {name}" for name in people)
        printer.notice(f"to be able to answer what it asks: {enrol}")
