"""The tables of the page on stops."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from bench.validating.page import table
from scipy.stats import beta

from remit.drills.evasions.patterns import PATTERNS

__all__ = ["tables", "upper_bound"]

NAMED = {
    "kill": "`Popen.kill`",
    "terminate": "terminate, then kill",
    "killpg": "`killpg`",
    "tree": "`/proc` tree",
    "subreaper": "subreaper loop",
    "cgroup": "`cgroup.kill`",
    "pid-namespace": "PID namespace",
    "remit": "**remit**",
    "remit-directly": "**remit**, no bubblewrap",
    "remit-uncaged": "**remit**, no cage at all",
}
USERS = {"root": "root", "nobody": "unprivileged", "nobody-alone": "unprivileged, no cgroup"}
OURS = ("remit", "remit-directly")
Cells = dict[tuple[str, str, str], dict[str, Any]]


def tables(document: dict[str, Any]) -> str:
    """Every table, one after the other."""
    cells: Cells = {
        (key[0], key[1], key[2]): cell for name, cell in document["cells"].items() if (key := name.split("/"))
    }
    users = [user for user in USERS if any(key[0] == user for key in cells)]
    parts = [document["machine"], "### Every stop", stop_table(cells, users), "### remit", our_table(cells, users)]
    parts += ["### The patterns", trick_table()]
    for user in users:
        parts += [f"### Each pattern: {USERS[user]}", pattern_table(cells, user)]
    return "\n\n".join(parts)


def upper_bound(count: int, runs: int, level: float = 0.95) -> float:
    """The one-sided Clopper-Pearson bound: the largest rate under which so few successes are not yet surprising."""
    return 1.0 if count >= runs else float(beta.ppf(level, count + 1, runs - count))


def chosen(cells: Cells, user: str, mechanism: str) -> list[dict[str, Any]]:
    """The cells of one stop as one user."""
    return [cell for key, cell in cells.items() if key[:2] == (user, mechanism)]


def stop_table(cells: Cells, users: list[str]) -> str:
    """For each stop and user: patterns with a survivor, runs with one, and how often it said dead and was wrong."""
    rows = []
    for mechanism, title in NAMED.items():
        for user in users:
            found = chosen(cells, user, mechanism)
            if found:
                runs, survived = total(found, "runs"), total(found, "survived")
                rows.append(
                    [
                        title,
                        USERS[user],
                        f"{sum(cell['survived'] > 0 for cell in found)} of {len(found)}",
                        f"{survived:,} of {runs:,}",
                        f"{total(found, 'wrong'):,}",
                    ]
                )
    return table(["stop", "user", "patterns with a survivor", "runs with a survivor", "said `dead`, was wrong"], rows)


def our_table(cells: Cells, users: list[str]) -> str:
    """Our stop: bounds, and how long after the request the last effect and the receipt came."""
    rows = []
    for mechanism in OURS:
        for user in users:
            found = chosen(cells, user, mechanism)
            if found:
                runs, survived = total(found, "runs"), total(found, "survived")
                fewest = min(cell["runs"] for cell in found)
                most = max(upper_bound(cell["survived"], cell["runs"]) for cell in found)
                rows.append(
                    [
                        NAMED[mechanism],
                        USERS[user],
                        f"{survived} of {runs:,}",
                        f"{100 * upper_bound(survived, runs):.3f} %",
                        f"{100 * most:.1f} % (n >= {fewest})",
                        str(total(found, "wrong")),
                        str(total(found, "broken")),
                        spread(value for cell in found for value in cell["effects"]),
                        spread(value for cell in found for value in cell["took"]),
                    ]
                )
    titles = [
        "stop",
        "user",
        "survivors",
        "95 % bound, all runs",
        "95 % bound, each pattern",
        "wrong receipts",
        "not started",
    ]
    return table([*titles, "stop to last effect, ms: p50 / p99 / max", "stop to receipt, ms: p50 / p99 / max"], rows)


def pattern_table(cells: Cells, user: str) -> str:
    """Runs with a survivor for each pattern and stop."""
    mechanisms = [mechanism for mechanism in NAMED if chosen(cells, user, mechanism)]
    rows = []
    for pattern in PATTERNS:
        found = [cells.get((user, mechanism, pattern.name)) for mechanism in mechanisms]
        if any(found):
            rows.append([f"`{pattern.name}`", *(shown(cell) for cell in found)])
    return table(["pattern", *(NAMED[mechanism] for mechanism in mechanisms)], rows)


def shown(cell: dict[str, Any] | None) -> str:
    """Survivors of runs; a dagger where the system refused the trick and the evader only went on working."""
    if cell is None:
        return ""
    refused = cell["tricks"].get("refused", 0) == cell["runs"]
    return f"{cell['survived']}/{cell['runs']}{' †' if refused else ''}"


def trick_table() -> str:
    """What each pattern does."""
    return table(["pattern", "what it does"], [[f"`{pattern.name}`", pattern.what] for pattern in PATTERNS])


def total(found: list[dict[str, Any]], name: str) -> int:
    """The sum of a count."""
    return sum(cell[name] for cell in found)


def spread(values: Iterable[float]) -> str:
    """The median, the 99th percentile (nearest rank) and the largest; before the request counts as 0."""
    ordered = sorted(max(0.0, value) for value in values)
    if not ordered:
        return "none"
    ranks = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.99, 1.0))
    return " / ".join(f"{value:.1f}" for value in ranks)
