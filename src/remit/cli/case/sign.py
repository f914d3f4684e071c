"""``remit case sign``: a person agrees with the argument as it stands, or does not."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.case.options import CaseOption, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["sign"]


def sign(
    *,
    by: Annotated[str, typer.Option(metavar="NAME", envvar="REMIT_BY", help="Who signs.")],
    role: Annotated[str, typer.Option(metavar="ROLE", envvar="REMIT_ROLE", help="In which role.")],
    reject: Annotated[bool, typer.Option("--reject", help="Do not agree: the release is blocked.")] = False,
    dissent: Annotated[
        str, typer.Option(metavar="TEXT", help="What speaks against it all the same; kept whatever is decided.")
    ] = "",
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Sign the argument as it stands: its digest goes into the case beside the name and the decision.

    The digest is over everything but evidence and approvals: a new record leaves the signature standing, a changed
    claim, doubt or subject does not. The name is what was typed; who may commit to this file is for your forge to say.

    \b
    Examples:
      remit case sign --by ops --role "on call"
      remit case sign --by ops --role "on call" --reject --dissent "the drill ran without load"

    \b
    Exit code: 0 signed, 2 usage, 3 the case cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.editing import append_approval, edit_case_file
    from remit.assurance.reader import read_case

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    decision = "reject" if reject else "approve"
    fields = {"by": by, "role": role, "digest": held.digest, "decision": decision, "dissent": dissent}
    edit_case_file(path, lambda text: append_approval(text, fields))
    if json:
        output.document({"schema": "remit.case.sign/1", "version": 1, **fields})
    done = "rejected" if reject else "approved"
    output.notice(f"{by} {done} {held.id} version {held.version}, {held.digest[:19]}", "bold")
    if by == held.owner:
        output.notice("the owner's own signature does not open the gate")
    elif by not in held.reviewers:
        output.notice(f"`{by}` is not among the reviewers of this case, and the gate waits for one of them")
