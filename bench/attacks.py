"""What an agent in the cage can do to its supervisor: every attack, every cage, every account, judged from outside.

Each attack is played by ``remit.drills.siege``, in a process of its own and against things made for the purpose.
Without a cage only those are played that harm nothing else. As root the agent is also played as ``nobody`` under a
supervisor of its own, and as ``nobody`` under root's.

Run: ``python -m bench.attacks [--runs 1] [--only NAME ...] [--write]``
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.marked import put_between
from bench.stopping.machine import machine

from remit.drills.attacks.table import ATTACKS, Attack, attack_named
from remit.drills.siege import play

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "attacks.json"
PAGE = ROOT / "docs" / "explain" / "attacks.md"
CAGES = ("bubblewrap", "namespaces")
NAMES = [attack.name for attack in ATTACKS]
AS_ROOT = ("own", "nobody", "dropped")
WORDS = {"own": "root", "nobody": "nobody", "dropped": "nobody under root"}


def main(arguments: list[str] | None = None) -> None:
    """Play, print the tables, and with ``--write`` keep them in the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1, help="how often each attack is played in each cage")
    parser.add_argument("--only", nargs="+", default=NAMES, choices=NAMES, metavar="NAME")
    parser.add_argument("--cages", nargs="+", default=list(CAGES), choices=CAGES)
    parser.add_argument("--without-twins", action="store_true", help="leave out what happens without a cage")
    parser.add_argument("--write", action="store_true", help=f"keep the tables in {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    attacks = [attack_named(name) for name in options.only]
    accounts = AS_ROOT if os.getuid() == 0 else ("own",)
    head = machine()
    caged = [line for _ in range(options.runs) for line in played(attacks, options.cages, accounts)]
    weak = [] if options.without_twins else [line for _ in range(options.runs) for line in uncaged(attacks, accounts)]
    document = {"schema": "remit.attacks/1", "machine": head, "runs": options.runs, "caged": caged, "uncaged": weak}
    text = tables(document)
    print(text)
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        put_between(PAGE, "results", text)


def played(attacks: Iterable[Attack], cages: Iterable[str], accounts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every attack in every cage."""
    places = [(cage, account) for cage in cages for account in accounts]
    for attack in attacks:
        for cage, account in places:
            yield {**kept(one(attack.name, cage, account)), "cage": cage, "as": account}


def uncaged(attacks: Iterable[Attack], accounts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The attacks that harm nothing else, without a cage."""
    for attack in attacks:
        for account in accounts:
            if account != "dropped" and (attack.weak == "all" or (attack.weak == "root" and is_root(account))):
                yield {**kept(one(attack.name, "plain", account)), "cage": "plain", "as": account}


def kept(line: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one play; a word to whoever waits goes to standard error."""
    state = "could not be played" if "error" in line else "held" if line["held"] else "NOT HELD"
    print(f"{line['attack']} {line.get('backend', '')}: {state}", file=sys.stderr)
    return {name: value[:200] if name == "seen" else value for name, value in line.items()}


def is_root(account: str) -> bool:
    """Whether the attacker is root."""
    return account == "own" and os.getuid() == 0


def one(name: str, backend: str, account: str) -> dict[str, Any]:
    """Play one attack in a folder of its own."""
    base = Path(tempfile.gettempdir(), f"remit-siege-{secrets.token_hex(6)}")
    return play(name, backend, base, account=account)


def tables(document: dict[str, Any]) -> str:
    """The whole text of the results."""
    caged, weak = document["caged"], document["uncaged"]
    held = sum(line.get("held") is True for line in caged)
    answers = sorted(float(line["slowest"]) for line in caged if "slowest" in line)
    stops = sorted(float(line["took"]) for line in caged if "took" in line)
    done = sum(line.get("succeeded") is True for line in weak)
    names = list(dict.fromkeys(line["attack"] for line in caged))
    facts = [
        document["machine"],
        f"{len(names)} attacks, {len(caged)} plays in a cage: **{len(caged) - held} not held**."
        f" Slowest answer of a besieged supervisor {answers[-1] * 1000:.0f} ms, longest stop {stops[-1] * 1000:.0f} ms"
        f" (median {stops[len(stops) // 2] * 1000:.0f} ms), every receipt `dead`."
        if held == len(caged) and answers
        else f"{len(names)} attacks, {len(caged)} plays in a cage: **{len(caged) - held} not held**.",
    ]
    if weak:
        tried = len({line["attack"] for line in weak})
        facts.append(
            f"Without a cage {done} of {len(weak)} plays of the {tried} attacks that can be tried there succeed:"
            " the test can fail."
        )
    rows = [row(name, caged, weak) for name in names]
    titles = [
        "attack",
        "what it tries",
        "what stands against it",
        "held",
        "without a cage",
        "slowest answer ms",
        "longest stop ms",
    ]
    lines = [titles, ["---"] * len(titles), *rows]
    parts = ["\n\n".join(facts), "\n".join(f"| {' | '.join(cells)} |" for cells in lines)]
    failures = [
        f"- `{line['attack']}` ({line['cage']}, {WORDS[line['as']]}): {why(line)}"
        for line in caged
        if line.get("held") is not True
    ]
    return "\n\n".join([*parts, *(["### Not held", "\n".join(failures)] if failures else [])])


def row(name: str, caged: list[dict[str, Any]], weak: list[dict[str, Any]]) -> list[str]:
    """One attack as a line of the table."""
    attack = attack_named(name)
    mine = [line for line in caged if line["attack"] == name]
    bare = [line for line in weak if line["attack"] == name]
    held = sum(line.get("held") is True for line in mine)
    succeeded = sum(line.get("succeeded") is True for line in bare)
    return [
        f"`{name}`",
        attack.tries,
        attack.fence,
        f"{held} of {len(mine)}",
        f"succeeds ({succeeded} of {len(bare)})" if bare else "not tried",
        f"{max((float(line.get('slowest', 0)) for line in mine), default=0) * 1000:.0f}",
        f"{max((float(line.get('took', 0)) for line in mine), default=0) * 1000:.0f}",
    ]


def why(line: dict[str, Any]) -> str:
    """Why an attack counts as not held."""
    if "error" in line:
        return str(line["error"]).replace("\n", " ")[:300]
    said = [str(line["seen"])] if line.get("claimed") else []
    return "; ".join([*line.get("broken", []), *said, f"the receipt said `{line.get('verdict')}`"])[:400]


if __name__ == "__main__":
    main()
