"""The options of ``remit proxy``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from remit.cli.seconds import parse_seconds

__all__ = [
    "AgentTools",
    "AnswerWithin",
    "ApproveWithin",
    "Certificates",
    "Confined",
    "Credential",
    "Exposed",
    "Http",
    "LedgerPlace",
    "NoToken",
    "PlainUpstream",
    "PrintConfig",
    "ServerFolder",
    "ServerName",
    "Shadow",
    "TokenFile",
    "Upstream",
]

ServerName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="REMIT_SERVER",
        help="What the server is called in the record and in pins; told from its command, unless named.",
        show_default=False,
    ),
]
ServerFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="REMIT_FOLDER",
        exists=True,
        file_okay=False,
        help="Where it runs and where relative paths start; the working directory, unless named.",
        show_default=False,
    ),
]
PrintConfig: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--print-config",
        envvar="REMIT_PRINT_CONFIG",
        help="Print what to write into an MCP client's settings, and leave.",
    ),
]
Shadow: TypeAlias = Annotated[
    bool, typer.Option("--shadow", envvar="REMIT_SHADOW", help="Decide and record every call, and stop none.")
]
ApproveWithin: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="TIME",
        envvar="REMIT_APPROVE_WITHIN",
        parser=parse_seconds,
        help="How long a call waits for its overseers; then it is refused.",
        show_default="5m",
    ),
]
AnswerWithin: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="TIME",
        envvar="REMIT_ANSWER_WITHIN",
        parser=parse_seconds,
        help="How long the server may be silent about a call; progress counts as a word.",
        show_default="10m",
    ),
]
AgentTools: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--agent-tools",
        envvar="REMIT_AGENT_TOOLS",
        help="Also offer the agent `remit.check`, `remit.plan` and `remit.ask`.",
    ),
]
Confined: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--confined", envvar="REMIT_CONFINED", help="Run the server in the cage of the charter's runtime section."
    ),
]
LedgerPlace: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        envvar="REMIT_LEDGER",
        help="Where the record is kept: a file or a PostgreSQL address; the agent's own, unless named.",
        show_default=False,
    ),
]
Http: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        envvar="REMIT_HTTP",
        help="Speak HTTP to clients, at HOST:PORT, PORT or the path of a unix socket; without it, standard streams.",
        show_default=False,
    ),
]
TokenFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_TOKEN_FILE",
        help="A file of your own with the token HTTP clients must present; a new token for each run, unless named.",
        show_default=False,
    ),
]
NoToken: TypeAlias = Annotated[
    bool,
    typer.Option("--no-token", envvar="REMIT_NO_TOKEN", help="Let every process of this machine in over HTTP."),
]
Exposed: TypeAlias = Annotated[
    bool,
    typer.Option("--exposed", envvar="REMIT_EXPOSED", help="Allow an address that other machines can reach."),
]
Upstream: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="REMIT_UPSTREAM",
        help="A server that runs elsewhere, in place of a command: the address it speaks MCP at.",
        show_default=False,
    ),
]
Credential: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[HEADER=]SOURCE",
        help="What to authenticate with there, from env:NAME or file:PATH; a bearer token, unless HEADER is named.",
        show_default=False,
    ),
]
Certificates: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_CERTIFICATES",
        exists=True,
        dir_okay=False,
        help="Certificates to trust there, in place of the system's.",
        show_default=False,
    ),
]
PlainUpstream: TypeAlias = Annotated[
    bool,
    typer.Option("--plain-upstream", envvar="REMIT_PLAIN_UPSTREAM", help="Allow http:// to another machine."),
]
