"""The stop button with nothing but the standard library: ``python -m remit.supervisor stop RUN``.

What ``remit stop`` and its siblings do when nothing else of remit can be imported; the answers are JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from remit.errors import RemitError
from remit.supervisor import client
from remit.supervisor.report import Verdict

__all__ = ["main"]

_EXIT = {Verdict.DEAD: 0, Verdict.SURVIVORS: 4, Verdict.UNKNOWN: 10}


def main(arguments: list[str] | None = None) -> int:
    """Do one verb and print its answer as JSON.

    Returns the exit code: 0 yes, 2 usage, 4 not held or survivors, 10 unknown.
    """
    given = _parser().parse_args(arguments)
    try:
        return _do(given)
    except RemitError as error:
        sys.stderr.write(f"error: {error}\n" + (f"  hint: {error.hint}\n" if error.hint else ""))
        return 4


def _parser() -> argparse.ArgumentParser:
    """The verbs and their options."""
    parser = argparse.ArgumentParser(prog="python -m remit.supervisor", description="Stop, hold and resume runs.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    stop = verbs.add_parser("stop", help="end a run, or every run, and print the receipt")
    stop.add_argument("run", nargs="?")
    stop.add_argument("--all", action="store_true", help="every run that is known here")
    stop.add_argument("--grace", type=float, default=0.0, help="seconds the agent gets to end by itself")
    stop.add_argument("--within", type=float, default=2.0, help="seconds the proof may take")
    stop.add_argument("--reason", default="asked for by an overseer")
    for verb, what in (("hold", "let nothing go on"), ("resume", "let a held run go on"), ("status", "how it stands")):
        verbs.add_parser(verb, help=what).add_argument("run")
    verbs.add_parser("runs", help="every run that has not ended")
    return parser


def _do(given: argparse.Namespace) -> int:
    """Do the verb."""
    match given.verb:
        case "stop":
            return _stop(given)
        case "hold":
            answer = client.hold(given.run)
            _print(answer)
            whole = 10 if answer.get("reason") else 0
            return whole if answer.get("held") is True else 4
        case "resume":
            _print(client.resume(given.run))
        case "status":
            _print(client.status(given.run))
        case _:
            _print([folder.run for folder in client.living(os.environ)])
    return 0


def _stop(given: argparse.Namespace) -> int:
    """Stop one run or all of them; the worst receipt decides the exit code."""
    names = [folder.run for folder in client.living(os.environ)] if given.all else [given.run]
    if names == [None]:
        sys.stderr.write("error: name a run, or say --all\n")
        return 2
    reports = [client.stop(name, grace=given.grace, within=given.within, reason=given.reason) for name in names]
    _print([report.document() for report in reports] if given.all else reports[0].document())
    return max((_EXIT[report.verdict] for report in reports if report.survivors), default=0) or max(
        (_EXIT[report.verdict] for report in reports), default=0
    )


def _print(value: object) -> None:
    """Print JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
