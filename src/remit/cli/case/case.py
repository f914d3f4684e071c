"""``remit case``: the safety case beside a charter, how it stands, and the verbs that work on it."""

from __future__ import annotations

import typer

from remit.cli.case.add import add
from remit.cli.case.attest import attest
from remit.cli.case.check import check_case_command
from remit.cli.case.diff import diff_cases
from remit.cli.case.doubt import answer, doubt
from remit.cli.case.frameworks import frameworks
from remit.cli.case.incident import incident_in_case
from remit.cli.case.init import init_case
from remit.cli.case.options import AsOf, CaseOption
from remit.cli.case.refresh import refresh
from remit.cli.case.render import render
from remit.cli.case.review import review
from remit.cli.case.sign import sign
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["case"]

case = typer.Typer(
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)


@case.callback(invoke_without_command=True)
def list_case(
    context: typer.Context,
    *,
    path: CaseOption = None,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """May it be released, and why? The argument beside a charter: claims, evidence, and what speaks against them.

    Without a verb it lists every claim with two answers that are never blended: does what it rests on hold, and is
    that still fresh? Nothing is green because it is written down.

    \b
    Examples:
      remit case init                                  a first case from the charter, with its doubts already open
      remit case add drill.json                        take a record in as evidence
      remit case                                       how every claim stands
      remit case answer D-drill-representative --with E-interruption-drill
      remit case sign --by lena --role "safety lead"
      remit gate                                       PROMOTE, BLOCK or HOLD
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if context.invoked_subcommand is None:
        from remit.cli.case.list import show_case

        show_case(path, as_of, Output(quiet=quiet, json=json, colour=not no_color))


case.command("init", short_help="A first case from the charter, with its doubts already open.")(init_case)
case.command("check", short_help="What is wrong with the document, with file and line.")(check_case_command)
case.command(short_help="Take a record in as evidence.")(add)
case.command(short_help="Write down what a person looked at, as evidence.")(attest)
case.command(short_help="Raise a doubt.")(doubt)
case.command(short_help="Say what became of a doubt.")(answer)
case.command("incident", short_help="An incident speaks against claims, until evidence closes it.")(incident_in_case)
case.command(short_help="Agree with the argument as it stands, or do not.")(sign)
case.command(short_help="The charter changed: write what is to be released now.")(refresh)
case.command(short_help="What happened since the last review, from records only.")(review)
case.command(short_help="What it has to say to frameworks, standards and laws.")(frameworks)
case.command(short_help="As a page, for a pull request, for other tools.")(render)
case.command("diff", short_help="What changed between two states, in plain words.")(diff_cases)
