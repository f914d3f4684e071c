"""How long a decision takes: ``decide`` beside plain predicates, CEL and Cedar, at ten and at a thousand rules.

All look at the same rules and calls. The others get the arguments as they come, look at no signature, budget or run,
and give a bare yes or no; ``decide`` spells the arguments, and its answer carries the rules that determined it, the
arguments that will run and what they spend.

Run: ``python -m bench.decisions [--calls 1000] [--rounds 5] [--write]``
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import cedarpy
import cel
from bench.marked import put_between
from bench.stopping.machine import machine

from remit.charter.model import Charter
from remit.charter.reader import charter_from_document
from remit.guard.call import Call
from remit.guard.cedar import policies, request
from remit.guard.decide import decide
from remit.guard.decision import Deny
from remit.guard.rules.coverage import Matter
from remit.guard.rules.looking import as_written, real_path
from remit.guard.rules.meeting import Scene
from remit.guard.rules.normalising import normalise
from remit.guard.rules.rulebook import Rulebook
from remit.guard.standing import Standing, unspent

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "decisions.json"
PAGE = ROOT / "docs" / "explain" / "decisions.md"

KINDS: tuple[tuple[dict[str, Any], str, str, tuple[Any, ...]], ...] = (
    ({"in": ["a", "b", "c"]}, "name", "in ['a', 'b', 'c']", ("a", "d")),
    ({"max": 80}, "amount", "<= 80", (10, 90)),
    ({"prefix": "rel"}, "branch", ".startsWith('rel')", ("release", "main")),
    ({"domain": ["acme.example"]}, "to", ".endsWith('@acme.example')", ("a@acme.example", "b@evil.example")),
    ({"under": ["/w/work"]}, "path", ".startsWith('/w/work/')", ("/w/work/a", "/etc/passwd")),
)
PLAIN: tuple[Callable[[Any], bool], ...] = (
    lambda value: value in ("a", "b", "c"),
    lambda value: value <= 80,
    lambda value: value.startswith("rel"),
    lambda value: value.endswith("@acme.example"),
    lambda value: value.startswith("/w/work/"),
)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the table, and with ``--write`` keep it in the page."""
    options = parsed(arguments)
    document = measured(options.calls, options.rounds)
    text = table(document)
    print(text)
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        put_between(PAGE, "results", text)


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000, help="how many calls are decided about")
    parser.add_argument("--rounds", type=int, default=5, help="how often")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {PAGE.relative_to(ROOT)}")
    return parser.parse_args(arguments)


def measured(calls: int, rounds: int) -> dict[str, Any]:
    """Everything that is measured, in microseconds per call and CPU seconds per import."""
    head = machine()
    rows = {size: dict(contestants(size, calls, rounds)) for size in (10, 1000)}
    imports = {name: import_cpu(name) for name in ("remit.guard.decide", "cedarpy", "cel")}
    return {"schema": "remit.bench/1", "machine": head, "calls": calls, "rounds": rounds, "us": rows, "import": imports}


def charter_of(size: int, *, conditions: bool = False) -> Charter:
    """A charter of ``size`` rules: seven grants to three limits, each about a tool of its own."""
    grants = [
        {"tool": f"t{number}", "args": {KINDS[number % 5][1]: KINDS[number % 5][0]}} for number in range(size * 7 // 10)
    ]
    limits: list[dict[str, Any]] = [{"tool": f"z{number}"} for number in range(size - len(grants))]
    if conditions:
        limits = [
            {"tool": f"t{number}", "when": f"call.args.{KINDS[number % 5][1]} == null"} for number in range(len(grants))
        ]
    head = {"remit": 1, "agent": {"name": "bench"}, "purpose": {"text": "measure"}}
    return charter_from_document(
        {**head, "grants": grants, "limits": limits, "budget": {"calls": "1000000/run", "wall": "2h"}}
    )


def calls_of(size: int, count: int) -> list[Call]:
    """Calls of the granted tools, half of them to be denied."""
    random = Random(1)  # noqa: S311 - the same calls every time
    found = []
    for _ in range(count):
        number = random.randrange(size * 7 // 10)
        _rule, name, _text, values = KINDS[number % 5]
        found.append(Call(tool=f"t{number}", args={name: random.choice(values)}))
    return found


def contestants(size: int, count: int, rounds: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Each way of deciding with its median and 99th percentile."""
    charter, conditional = charter_of(size), charter_of(size, conditions=True)
    book, calls = Rulebook.of(charter), calls_of(size, count)
    standing = Standing(budgets=unspent(charter), cwd="/w")
    expected = [not isinstance(decide(book, call, standing, resolver=as_written), Deny) for call in calls]
    terms = [
        f"tool == 't{number}' && args.{KINDS[number % 5][1]}{_joined(KINDS[number % 5][2])}"
        for number in range(len(charter.grants))
    ]
    each = [cel.compile(term) for term in terms]
    seen = [{"tool": call.tool, "args": dict(call.args)} for call in calls]
    text, asked = policies(book, cwd="/w"), [dict(request(matter_of(book, call, standing))) for call in calls]
    parsed_once = cedarpy.PolicySet.from_str(text)
    ways: dict[str, Callable[[int], bool]] = {
        "`decide`": lambda at: not isinstance(decide(book, calls[at], standing, resolver=as_written), Deny),
        "`decide`, paths looked up on disk": lambda at: (
            not isinstance(decide(book, calls[at], standing, resolver=real_path), Deny)
        ),
        "plain predicates, in a row": lambda at: any(
            tool == calls[at].tool and test(calls[at].args) for tool, test in predicates(len(charter.grants))
        ),
        "a CEL program for each rule": lambda at: any(program.execute(seen[at]) for program in each),
        "cedarpy, policies parsed once": lambda at: bool(cedarpy.is_authorized(asked[at], parsed_once, []).allowed),
        "cedarpy, policies as text": lambda at: bool(cedarpy.is_authorized(asked[at], text, []).allowed),
    }
    if size == 10:
        fused = cel.compile(" || ".join(f"({term})" for term in terms))
        ways["one fused CEL program"] = lambda at: bool(fused.execute(seen[at]))
    limited = Rulebook.of(conditional)
    ways["`decide`, a CEL limit on each tool"] = lambda at: (
        not isinstance(decide(limited, calls[at], standing, resolver=as_written), Deny)
    )
    for name, way in ways.items():
        slow = size > 10 and ("CEL program" in name or "cedarpy" in name)
        places = range(min(count, 40) if slow else count)
        assert [way(at) for at in places] == [expected[at] for at in places], name
        yield name, timed(way, places, 1 if slow else rounds)


def _joined(text: str) -> str:
    """An operator with a space before it, a method without."""
    return text if text.startswith(".") else f" {text}"


def predicates(size: int) -> Sequence[tuple[str, Callable[[Any], bool]]]:
    """The rules as plain Python, made once for each size."""
    if size not in _PREDICATES:
        _PREDICATES[size] = [(f"t{number}", _predicate(number % 5)) for number in range(size)]
    return _PREDICATES[size]


_PREDICATES: dict[int, Sequence[tuple[str, Callable[[Any], bool]]]] = {}


def _predicate(kind: int) -> Callable[[Any], bool]:
    """One rule as plain Python."""
    name, test = KINDS[kind][1], PLAIN[kind]
    return lambda args: test(args[name])


def matter_of(book: Rulebook, call: Call, standing: Standing) -> Matter:
    """What Cedar is asked about."""
    page = book.page(call.tool)
    normal = normalise(call, page.spellings, cwd=standing.cwd, resolver=as_written)
    return Matter(
        book=book,
        page=page,
        call=call,
        normal=normal,
        standing=standing,
        scene=Scene(cwd=standing.cwd, resolver=as_written),
    )


def timed(way: Callable[[int], bool], places: range, rounds: int) -> dict[str, float]:
    """Median and 99th percentile in microseconds."""
    taken: list[int] = []
    for _ in range(rounds):
        for at in places:
            start = time.perf_counter_ns()
            way(at)
            taken.append(time.perf_counter_ns() - start)
    taken.sort()
    return {"median": round(statistics.median(taken) / 1000, 2), "p99": round(taken[int(len(taken) * 0.99)] / 1000, 2)}


def import_cpu(module: str, times: int = 5) -> float:
    """CPU seconds a fresh interpreter takes to import a module, beyond starting; the median of some."""

    def cpu(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603 - the code is written here
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare = statistics.median(cpu("pass") for _ in range(times))
    return round(statistics.median(cpu(f"import {module}") for _ in range(times)) - bare, 3)


def table(document: dict[str, Any]) -> str:
    """The results in words."""
    rows = document["us"]
    names = sorted(rows[10], key=lambda name: rows[10][name]["median"])
    lines = [
        document["machine"],
        "",
        "| microseconds for a call | 10 rules, median | p99 | 1,000 rules, median | p99 |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        ten, thousand = rows[10][name], rows[1000].get(name)
        rest = f"{thousand['median']:,.1f} | {thousand['p99']:,.1f}" if thousand else "- | -"
        lines.append(f"| {name} | {ten['median']:.1f} | {ten['p99']:.1f} | {rest} |")
    imports = ", ".join(f"`import {name}` {seconds:.2f} s" for name, seconds in document["import"].items())
    return "\n".join([*lines, "", f"CPU time beyond starting Python: {imports}."])


if __name__ == "__main__":
    main()
