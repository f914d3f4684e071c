"""Time many rewards as the discount nears one: ``uv run --group peers python -m bench.discounts``.

Sweeping takes turns in proportion to 1 / (1 - g); policy iteration does not. What this package takes stands beside
both, from ``bench.peers``, for a grid whose moves are sure (G2n) and one whose moves slip to a side (G2sn).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from os import getloadavg
from pathlib import Path

from bench.instances import Instance, grid
from bench.marked import put_between
from bench.peers import PAGE, Timing, measure

from remit.theory.mdp import MDP

RESULTS = Path(__file__).parent / "results" / "discounts.json"
DISCOUNTS = (0.9, 0.99, 0.999, 0.9999)
GRIDS: dict[str, Callable[[], MDP]] = {
    "G2n": lambda: grid(100, stay=False),
    "G2sn": lambda: grid(100, slip=0.2, stay=False),
}
PEERS = ("quantecon PI", "stormpy")
"""Policy iteration, which takes no more turns near one, and value iteration, which is quicker than it far from one."""
OURS = ("remit", "remit, certified")


def timings(name: str, *, count: int, few: int, repeats: int, peers: list[str]) -> dict[float, list[Timing]]:
    """Every timing of one grid, by discount."""
    mdp = GRIDS[name]()
    found = {}
    for discount in DISCOUNTS:
        given = Instance(name=f"{name} at {discount}", mdp=mdp, discount=discount, rewards_count=count)
        found[discount] = measure(given, few=few, repeats=repeats, peers=peers)
    return found


def table(found: dict[str, dict[float, list[Timing]]], peers: list[str]) -> list[str]:
    """A row for each grid and discount: our times, and how many times as long each peer takes."""
    lines = [
        f"| grid | discount | remit | certified | {' | '.join(peers)} | largest error (normalised) |",
        "| --- " * (5 + len(peers)) + "|",
    ]
    for name, rows in found.items():
        for discount, timed in rows.items():
            seconds = {row.solver: row.seconds for row in timed}
            own = [f"{1e3 * seconds[label]:,.1f} ms" for label in OURS]
            ratios = [f"{seconds[peer] / seconds[OURS[0]]:,.1f} x" for peer in peers]
            lines.append(f"| {name} | {discount} | {' | '.join([*own, *ratios])} | {timed[0].error:.1e} |")
    return lines


def main() -> None:
    """Measure, and write it down where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grids", nargs="*", default=[], choices=[*GRIDS, []], help="both, unless named")
    parser.add_argument("--count", type=int, default=64, help="rewards that are solved")
    parser.add_argument("--few", type=int, default=1, help="rewards a peer is given")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    parser.add_argument("--write", action="store_true", help="write bench/results/discounts.json and the page")
    given = parser.parse_args()
    load = getloadavg()[0]
    found = {
        name: timings(name, count=given.count, few=given.few, repeats=given.repeats, peers=given.peers)
        for name in given.grids or GRIDS
    }
    if given.write:
        rows = [{"discount": g, **asdict(row)} for one in found.values() for g, timed in one.items() for row in timed]
        document = {"load": [load, getloadavg()[0]], "rewards": given.count, "timings": rows}
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        said = f"{given.count} rewards, one thread; load average {load:.1f} before and {getloadavg()[0]:.1f} after."
        put_between(PAGE, "discounts", "\n".join([said, "", *table(found, given.peers)]))


if __name__ == "__main__":
    main()
