"""``remit eval play``: put any agent that speaks MCP into a scenario, in a cage and under a charter, and score it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.command_line import command_of
from remit.cli.evaluate.instance_options import (
    Behaviour,
    InstanceSeed,
    Place,
    Player,
    Template,
    To,
    Variant,
    drawn,
    named_organism,
)
from remit.cli.evaluate.verdict import answer_to, show_verdict
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.cage_options import Backend, Folder, Require
from remit.cli.seconds import parse_seconds

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.evals.adapters.playing import Refusals
    from remit.evals.episode import Episode
    from remit.evals.organism import Organism
    from remit.evals.scenario import Instance
    from remit.supervisor.running import Run

__all__ = ["play"]

_LONGEST_LIFE = 30.0  # seconds a question to an overseer waits: nobody sits beside an evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is played by whom, and how the agent is run."""

    command: tuple[str, ...]
    charter: Charter
    instance: Instance
    organism: Organism | None
    within: float
    to: Path | None
    require: str
    backend: str | None
    folder: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How an agent ended: by itself with ``status``, because its time was over (``hung``), or for another ``fault``."""

    status: int | None = None
    hung: bool = False
    fault: str = ""


def play(
    context: typer.Context,
    behaviour: Behaviour,
    *,
    charter: Annotated[
        Path | None,
        typer.Option(
            metavar="CHARTER",
            envvar="REMIT_CHARTER",
            help="The charter it runs under; without it the nearest remit.yaml, looking upward from here.",
            show_default=False,
        ),
    ] = None,
    environment: Place = "",
    template: Template = "",
    variant: Variant = "A",
    seed: InstanceSeed = 0,
    organism: Player = "",
    within: Annotated[
        float,
        typer.Option(
            metavar="TIME",
            envvar="REMIT_WITHIN",
            parser=parse_seconds,
            help="How long the agent may take; then it is stopped, and its episode counts for nothing.",
            show_default="10m",
        ),
    ] = 600.0,
    to: To = None,
    draft: Annotated[
        bool,
        typer.Option("--draft", envvar="REMIT_DRAFT", help="Print a charter that grants every tool there, and leave."),
    ] = False,
    require: Require = "full",
    backend: Backend = None,
    folder: Folder = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Run an agent in a scenario, as `remit run` runs it, and score what it did.

    The environment stands outside of the agent's cage as an MCP server; the agent finds it in $REMIT_MCP (a file) and
    $REMIT_MCP_URL. {brief} in its command line is replaced by its briefing, which the server gives as its instructions
    too. Every call passes the guard; one that is refused is an attempt all the same. With --organism a model organism
    answers as its model, at $OPENAI_BASE_URL.

    \b
    Examples:
      remit eval play avoid-shutdown --draft > remit.yaml          a first charter; then narrow it
      remit eval play avoid-shutdown -- my-agent -p {brief}
      remit eval play money --variant H --seed 4 --to e.jsonl -- my-agent -p {brief}
      remit eval play avoid-shutdown -o compliant -- python loop.py {brief}

    \b
    An agent that dies, hangs or never looks at its tools was not evaluated.
    Exit code: 0 kept to its bounds, 1 violated, 10 void or not evaluated, 2 usage, 3 unreadable charter, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    instance = drawn(behaviour, place=environment, template=template, variant=variant, seed=seed)
    if draft:
        _draft(instance, output)
        return
    wish = _Wish(
        command=command_of(context), charter=_charter(charter, behaviour, output), instance=instance,
        organism=named_organism(organism), within=within, to=to, require=require, backend=backend, folder=folder,
    )  # fmt: skip
    raise typer.Exit(int(_play(wish, output)))


def _charter(given: Path | None, behaviour: str, output: Output) -> Charter:
    """The charter the agent runs under; where there is none, what writes one for this scenario is said too."""
    from remit.cli.locating import locate, open_charter
    from remit.errors import CharterError

    try:
        place = locate(given)
    except CharterError:
        output.notice(f"a first charter for this scenario: remit eval play {behaviour} --draft > remit.yaml")
        raise
    return open_charter(place)


def _draft(instance: Instance, output: Output) -> None:
    """Print a first charter."""
    from remit.evals.adapters.connection import Connection
    from remit.evals.adapters.playing import charter_for
    from remit.evals.episode import Stage

    output.data(charter_for(instance, Connection(Stage(instance))))


def _play(wish: _Wish, output: Output) -> ExitCode:
    """Serve the environment, run the agent, score, and say what came of it."""
    from remit.evals.adapters.connection import Connection
    from remit.evals.adapters.hosting import hosted
    from remit.evals.adapters.mcp_server import mcp_application
    from remit.evals.adapters.playing import Refusals, concluded, filled
    from remit.evals.episode import Stage

    refusals = Refusals(_server_name(wish.instance))
    connection = Connection(Stage(wish.instance))
    connection.before = lambda: refusals.bring(connection)
    brief = connection.instructions()
    path, key, routes = _doors(wish)
    with hosted(mcp_application(connection, path=path, routes=routes)) as url:
        started = replace(wish, command=filled(wish.command, brief))
        agent, end = _run(started, f"{url}{path}", (url, key), refusals, output)
    refusals.bring(connection)
    episode = concluded(connection, status=end.status, hung=end.hung, fault=refusals.fault or end.fault)
    _anchor(agent, episode)
    _tell(wish, agent, episode, end.status, refusals, output)
    return answer_to(episode.verdict)


def _server_name(instance: Instance) -> str:
    """The name the environment's tools are pinned under: another one wherever the tools are others."""
    from remit.digest import sha256_digest
    from remit.evals.adapters.telling import input_schema
    from remit.evals.episode import Stage

    said = [[tool.name, tool.text, input_schema(tool)] for tool in Stage(instance).tools()]
    return f"{instance.environment.name.lower()}-{sha256_digest(said).removeprefix('sha256:')[:8]}"


def _doors(wish: _Wish) -> tuple[str, str, tuple[Any, ...]]:
    """Where the environment is found, the token of the model, and the routes of the model."""
    import secrets

    from remit.evals.adapters.chat_http import chat_routes
    from remit.evals.adapters.conversation import Player as Playing

    path, key = f"/{secrets.token_urlsafe(24)}/mcp", secrets.token_urlsafe(24)
    routes = () if wish.organism is None else chat_routes(Playing(wish.instance, wish.organism), token=key)
    return path, key, tuple(routes)


def _run(wish: _Wish, server: str, model: tuple[str, str], refusals: Refusals, output: Output) -> tuple[Run, _End]:
    """Run the agent to its end: the run, and how that came."""
    from remit.charter.runtime import confinement_of
    from remit.cli.runs.attending import interruptions_kept, output_to_errors
    from remit.cli.runs.run_screen import start_screen
    from remit.cli.runs.run_servers import companion_of, servers_of
    from remit.supervisor.running import supervise

    charter, name = wish.charter, _server_name(wish.instance)
    servers = servers_of(charter, [f"{name}={server}"])
    servers = tuple(sorted(servers, key=lambda one: one.name != name))  # ours is the first: $REMIT_MCP_URL
    confinement = confinement_of(charter, folder=wish.folder)
    if wish.organism is not None:
        url, key = model
        variables = (("OPENAI_BASE_URL", f"{url}/v1"), ("OPENAI_API_KEY", key))
        hosts = (*confinement.hosts, url.removeprefix("http://"))
        confinement = replace(confinement, hosts=hosts, variables=(*confinement.variables, *variables))
    companion = companion_of(
        charter, confinement, servers, require=wish.require, backend=wish.backend, life=_LONGEST_LIFE
    )
    output.notice(f"playing {wish.instance.id} in {wish.instance.environment.name}")
    with interruptions_kept() as came:
        with output_to_errors() if output.json else nullcontext():
            agent = supervise(
                wish.command,
                confinement=confinement,
                require=wish.require,
                backend=wish.backend,
                name=charter.agent.name,
                subject={"charter": charter.path, "digest": charter.digest},
                companion=companion,
            )
        refusals.record = agent.folder.record
        output.show(*start_screen(agent, charter, confinement, (name,)), errors=True)
        return agent, _ended(agent, wish.within, came)


def _ended(agent: Run, within: float, came: list[int]) -> _End:
    """Wait for the agent's end; what is left of it when its time is over, or somebody interrupts, is stopped."""
    import time

    end = time.monotonic() + within
    while not came and time.monotonic() < end:
        try:
            return _End(status=agent.wait(min(0.5, max(0.01, end - time.monotonic()))))
        except TimeoutError:
            continue
    if came:
        agent.stop(reason="interrupted at its terminal")
        return _End(fault="it was interrupted, and the agent stopped, before the episode was over")
    agent.stop(reason="its time in the scenario was over")
    return _End(hung=True)


def _anchor(agent: Run, episode: Episode) -> None:
    """Write the digest of the episode into the record of the run, and sign that."""
    from remit.cli.runs.run_sealing import seal
    from remit.errors import LedgerError
    from remit.evals.adapters.playing import ANCHOR
    from remit.ledger.store import Ledger

    facts = {"from": ANCHOR, "instance": episode.instance.id, "digest": episode.record.digest}
    try:
        with Ledger.open(agent.folder.record, create=False) as ledger:
            ledger.record(
                "message", {**facts, "valid": episode.verdict.valid, "outcome": episode.verdict.outcome.value}
            )
    except LedgerError:
        return  # the file then has its receipts alone, and `remit eval score --run` says that nothing is anchored
    seal(agent.folder, agent.environ)


def _tell(wish: _Wish, agent: Run, episode: Episode, status: int | None, refusals: Refusals, output: Output) -> None:
    """The verdict in every form that was asked for."""
    from remit.evals.logs import key_file, verdict_document, write_episode

    subject = wish.organism.name if wish.organism is not None else wish.command[0]
    if wish.to is not None:
        write_episode(wish.to, episode, subject=subject)
        output.notice(f"wrote {wish.to}, and the key of its receipts to {key_file(wish.to)}")
    more = (("calls", f"{episode.steps}, of them {refusals.count} refused by the guard"), ("run", agent.run))
    show_verdict(episode.verdict, output, more=more)
    if output.json:
        output.document(
            {
                "schema": "remit.eval.play/1",
                "version": 1,
                "instance": episode.instance.id,
                "environment": episode.instance.environment.name,
                "subject": subject,
                "run": agent.run,
                "status": status,
                "calls": episode.steps,
                "refused": refusals.count,
                "record": episode.record.digest,
                "verdict": verdict_document(episode.verdict),
            }
        )
