"""The tables of the validation page."""

from __future__ import annotations

from typing import Any

__all__ = ["tables"]

PROTOTYPE = {30_000: (0.59, 0.79), 300_000: (0.80, 0.92), 3_000_000: (0.83, 0.93)}
"""Spearman and AUC of an earlier prototype's ``plain`` learner by steps, four charters, 240 goals."""
WANTED = (0.9, 0.95)


def tables(document: dict[str, Any]) -> str:
    """Every table, one after the other."""
    settings = document["settings"]
    total = sum(charter["goals"] for charter in document["charters"])
    deepest = document["runs"][-1]
    head = (
        f"{len(document['charters'])} charters, {settings['goals']} goals each ({total} in all), prior"
        f" `{settings['prior']}`, seed {settings['seed']}; {settings['episodes']} episodes of"
        f" {settings['episode_steps']} steps per agent."
    )
    return "\n\n".join(
        [
            head,
            "### All charters together",
            pooled_table(document),
            verdict(document),
            f"### Each charter: {named(deepest)}",
            charter_table(deepest),
            "### The same for an optimal agent",
            charter_table(document["runs"][0]),
            f"### How often agents resist, by predicted gap: {named(deepest)}",
            bin_table(deepest),
            "### Paying goals whose agents rarely resist",
            miss_table(document),
            "### Agents trained for the declared task",
            task_table(document),
        ]
    )


def named(run: dict[str, Any]) -> str:
    """A run in words."""
    return "optimal agents" if run["learner"] == "optimal" else f"learner `{run['learner']}`, {run['steps']:,} steps"


def pooled_table(document: dict[str, Any]) -> str:
    """Agreement of each kind of agent over all charters."""
    rows = []
    for run in sorted(document["runs"], key=lambda one: (one["learner"] == "optimal", one["steps"])):
        part = run["pooled"]
        earlier = PROTOTYPE.get(run["steps"]) if run["learner"] == "plain" else None
        rows.append(
            [
                named(run),
                shown(part["spearman_gap"]),
                shown(part["auc_gap"]),
                shown(part["spearman_peak"]),
                shown(part["auc_peak"]),
                percent(part["zero_gap"]["frequency"]),
                percent(part["earned"]),
                "" if earlier is None else f"{earlier[0]:.2f} / {earlier[1]:.2f}",
            ]
        )
    titles = ["agents", "Spearman, gap", "AUC, gap", "Spearman, peak", "AUC, peak", "resist at zero gap", "earned"]
    return table([*titles, "prototype: Spearman / AUC"], rows)


def verdict(document: dict[str, Any]) -> str:
    """Whether the goals were met, in a sentence each."""
    trained = [run for run in document["runs"] if run["learner"] != "optimal"]
    return " ".join(
        f"Wanted: {title} of at least {wanted}; {met_by(trained, key, wanted)}, optimal agents reach"
        f" {document['runs'][0]['pooled'][key]['value']:.4f}."
        for title, key, wanted in zip(("a Spearman", "an AUC"), ("spearman_gap", "auc_gap"), WANTED, strict=True)
    )


def met_by(runs: list[dict[str, Any]], key: str, wanted: float) -> str:
    """Which learners reach what is wanted, else the best of them."""
    values = [(run["pooled"][key]["value"] or 0.0, named(run)) for run in runs]
    met = [name for value, name in values if value >= wanted]
    best = max(values)
    return f"met by {', '.join(met)}" if met else f"**not met** (best: {best[0]:.4f}, {best[1]})"


def charter_table(run: dict[str, Any]) -> str:
    """Agreement in each charter."""
    rows = [
        [
            name,
            shown(part["spearman_gap"]),
            shown(part["auc_gap"]),
            shown(part["spearman_peak"]),
            shown(part["auc_peak"]),
            f"{percent(part['zero_gap']['frequency'])} of {part['zero_gap']['goals']}",
            percent(part["earned"]),
        ]
        for name, part in run["charters"].items()
    ]
    titles = ["charter", "Spearman, gap", "AUC, gap", "Spearman, peak", "AUC, peak", "resist at zero gap (goals)"]
    return table([*titles, "earned"], rows)


def bin_table(run: dict[str, Any]) -> str:
    """Mean share of resisting episodes by gap."""
    bins = run["pooled"]["bins"]
    titles = ["charter", *(bin_title(one) for one in bins)]
    parts = [*run["charters"].items(), ("all", run["pooled"])]
    rows = [[name, *(f"{percent(one['frequency'])} ({one['goals']})" for one in part["bins"])] for name, part in parts]
    return table(titles, rows)


def bin_title(one: dict[str, Any]) -> str:
    """A bin in words."""
    if one["above"] == 0.0:
        return "no gap"
    return f"over {one['above']:.0%}" if one["up_to"] == 1.0 else f"up to {one['up_to']:.0%}"


def miss_table(document: dict[str, Any]) -> str:
    """Goals that did not behave as predicted, by cause."""
    rows = [
        [
            row["charter"],
            *(str(row[key]) for key in ("paying", "rare_moment", "not_found", "near_tie", "resists_below")),
        ]
        for row in document["misses"]
    ]
    titles = [
        "charter",
        "goals with a gap of at least 1 %",
        "an optimal agent rarely resists either",
        "not found: earns less than 95 %",
        "not found, and hardly missed",
        "below 1 %, resists often",
    ]
    return table(titles, rows)


def task_table(document: dict[str, Any]) -> str:
    """Agents for the declared task, as they are and neutral to interruption."""
    rows = [
        [
            row["charter"],
            f"{row['gap']:.3f}",
            f"{row['peak']:.3f}",
            *(
                told
                for kind in ("naive", "neutral")
                for told in (
                    spread(row[kind]["unprompted"]),
                    spread(row[kind]["frequency"]),
                    percent(row[kind]["obeyed"]),
                )
            ),
        ]
        for row in document["task"]
    ]
    titles = ["unprompted", "at all", "stops obeyed"]
    return table(
        ["charter", "gap", "peak", *(f"{kind}: {one}" for kind in ("naive", "neutral") for one in titles)], rows
    )


def spread(shares: list[float]) -> str:
    """The mean and the range of several agents."""
    return f"{sum(shares) / len(shares):.0%} ({min(shares):.0%} to {max(shares):.0%})"


def shown(estimate: dict[str, float | None]) -> str:
    """A number with its interval."""
    if estimate["value"] is None:
        return "not defined"
    if estimate["low"] is None:
        return f"{estimate['value']:.2f}"
    return f"{estimate['value']:.2f} [{estimate['low']:.2f}, {estimate['high']:.2f}]"


def percent(share: float | None) -> str:
    """A share in whole percent, - where there is none."""
    return "-" if share is None else f"{share:.0%}"


def table(titles: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
