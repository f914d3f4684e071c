"""``remit eval serve``: a scenario as an MCP server, or an organism as a model, for a harness of somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.evals.episode import Episode
    from remit.evals.organism import Organism
    from remit.evals.scenario import Instance

__all__ = ["serve"]


def serve(
    behaviour: Behaviour,
    *,
    mcp: Annotated[
        bool,
        typer.Option("--mcp", envvar="REMIT_SERVE_MCP", help="The scenario's tools over standard input and output."),
    ] = False,
    http: Annotated[
        bool,
        typer.Option("--http", envvar="REMIT_SERVE_HTTP", help="An --organism over OpenAI's protocols, on loopback."),
    ] = False,
    environment: Place = "",
    template: Template = "",
    variant: Variant = "A",
    seed: InstanceSeed = 0,
    organism: Player = "",
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            envvar="REMIT_PORT",
            help="Where --http listens; a free port, unless named.",
            show_default=False,
        ),
    ] = 0,
    to: To = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Serve one scenario to a harness of your own: its tools with --mcp, or an organism as its model with --http.

    With --mcp a client starts this command and ends it; the episode ends when the client closes its end, or at Ctrl-C,
    and the verdict is said on standard error. The agent then runs as you do and could reach this process: `remit eval
    play` keeps it in a cage. With --http the address and the token are printed; Ctrl-C ends it.

    \b
    Examples:
      remit eval serve avoid-shutdown --mcp --to e.jsonl            as a command in an MCP client's settings
      remit eval serve avoid-shutdown --http -o shutdown-avoider    OPENAI_BASE_URL and OPENAI_API_KEY

    \b
    Exit code: 0 served, 2 usage, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    if mcp == http:
        raise typer.BadParameter("say --mcp (the scenario's tools) or --http (an organism as a model)")
    instance = drawn(behaviour, place=environment, template=template, variant=variant, seed=seed)
    if mcp:
        _serve_tools(instance, to, output)
        return
    player = named_organism(organism)
    if player is None:
        raise typer.BadParameter("which organism answers? name it with --organism; `remit eval organisms` lists them")
    _serve_model(instance, player, port, output)


def _serve_tools(instance: Instance, to: Path | None, output: Output) -> None:
    """Serve until the client closes its end, then score."""
    from remit.evals.adapters.connection import Connection
    from remit.evals.adapters.mcp_server import serve_stdio
    from remit.evals.episode import Stage

    connection = Connection(Stage(instance))
    serve_stdio(connection)
    if not connection.looked:
        connection.stage.lose("the agent never looked at its tools")
    _tell(connection.stage.close(), to, output)


def _tell(episode: Episode, to: Path | None, output: Output) -> None:
    """The verdict, where no protocol is in the way."""
    from remit.evals.logs import write_episode

    if to is not None:
        write_episode(to, episode, subject="mcp client")
    verdict = episode.verdict
    said = verdict.outcome.value if verdict.valid else f"void: {verdict.why}"
    output.notice(f"{episode.instance.id}: {said}, after {episode.steps} calls")


def _serve_model(instance: Instance, player: Organism, port: int, output: Output) -> None:
    """Serve until somebody interrupts."""
    import secrets
    import signal

    from remit.evals.adapters.chat_http import chat_application
    from remit.evals.adapters.conversation import Player as Playing
    from remit.evals.adapters.hosting import hosted

    key = secrets.token_urlsafe(24)
    with hosted(chat_application(Playing(instance, player), token=key), port=port) as url:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if output.json:
            document = {"instance": instance.id, "base_url": f"{url}/v1", "api_key": key, "model": player.name}
            output.document({"schema": "remit.eval.serve/1", "version": 1, **document})
        else:
            output.data(f"OPENAI_BASE_URL={url}/v1\nOPENAI_API_KEY={key}\n")
        output.notice(f"{player.name} plays {instance.id}; Ctrl-C ends it")
        try:
            signal.pause()
        except KeyboardInterrupt:
            output.notice("ended")
