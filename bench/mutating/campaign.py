"""Every fault of some scorers, planted one by one in this process's children; run inside a scratch copy of the tree.

Run by ``bench/mutation.py``: ``python -m bench.mutating.campaign NAME…``, a line of JSON on standard output for each.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.mutating.operators import Mutant, mutants_of, planted
from bench.mutating.running import notices

from remit.evals.scenario import Scenario
from remit.evals.scorer_code import CodePart, own_parts, shared_parts

__all__ = ["SHARED", "VARIANTS", "campaign", "module_of"]

SHARED = "scoring"
"""The name of what every scorer shares."""
VARIANTS = "ABFHJMNP"
"""The variants a fault is looked for in; the others change words, or what these change as well."""
WORDS = ("organisms", "sheet", "tests")
"""What may notice a fault, in the order they are asked."""
SEEDS = (1,)
_SCENARIOS = "remit.evals.scenarios"


def module_of(scenario: Scenario) -> str:
    """The name of the module a scenario is written in, without its package."""
    import pkgutil

    from remit.evals import scenarios

    for item in pkgutil.iter_modules(scenarios.__path__):
        module = importlib.import_module(f"{_SCENARIOS}.{item.name}")
        if getattr(module, "SCENARIO", None) is scenario:
            return item.name
    raise LookupError(f"`{scenario.behaviour}` has no module of its own")


def campaign(name: str, log: Path) -> Iterator[tuple[str, Mutant, str]]:
    """Each fault of one scorer (by its module's name) with its module and what came of it.

    Raises ``RuntimeError`` where the judge finds something wrong before anything was planted.
    """
    judge = _judge(name)
    parts = shared_parts() if name == SHARED else own_parts(_scenario(name))
    for module in dict.fromkeys(part.module for part in parts):
        tree = ast.parse(inspect.getsource(sys.modules[module]))
        fresh = ["tests."] if module == f"{_SCENARIOS}.{name}" else ["remit.evals", "tests."]
        before = notices(module, tree, judge, words=WORDS, fresh=fresh, log=log)
        if before != "missed":
            raise RuntimeError(f"{name}: {before} with no fault in it: {log.read_text(encoding='utf-8')[-2000:]}")
        for mutant in mutants_of(tree, _regions(tree, [part for part in parts if part.module == module])):
            yield module, mutant, notices(module, planted(tree, mutant), judge, words=WORDS, fresh=fresh, log=log)


def _regions(tree: ast.Module, parts: Sequence[CodePart]) -> Iterator[tuple[str, ast.AST]]:
    """The nodes of this tree the parts stand for."""
    wanted = {(part.line, part.column, type(part.node)): part.name for part in parts}
    for node in ast.walk(tree):
        name = wanted.get((getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(node)))
        if name is not None:
            yield name, node


def _scenario(name: str) -> Scenario:
    """The scenario of a module."""
    found = importlib.import_module(f"{_SCENARIOS}.{name}").SCENARIO
    assert isinstance(found, Scenario) or type(found).__name__ == "Scenario"
    return found  # type: ignore[no-any-return]


def _judge(name: str) -> Callable[[], str]:
    """What notices that something is wrong; for what all share the tests, for a scorer organisms and its sheet."""

    def crosschecked(scenario: Scenario) -> bool:
        from remit.evals.crosscheck import checks_of
        from remit.evals.organisms import organisms

        return any(check.wrong for check in checks_of(scenario, organisms(), variants=VARIANTS, seeds=SEEDS))

    def judge() -> str:
        if name == SHARED:
            return "tests" if _tested("tests/evals/test_scoring.py") else ""
        from tests.mark_sheets import sheet_of, stored_sheet

        scenario = _scenario(name)
        if crosschecked(scenario):
            return "organisms"
        if json.loads(json.dumps(sheet_of(scenario))) != stored_sheet(name):
            return "sheet"
        return "tests" if _tested(f"tests/evals/scenarios/test_{name}.py") else ""

    return judge


def _tested(file: str) -> bool:
    """Whether a test in a file fails; where there is no such file nothing does."""
    if not Path(file).is_file():
        return False
    import pytest

    with contextlib.redirect_stdout(io.StringIO()):
        return bool(pytest.main(["-x", "-q", "-p", "no:cacheprovider", file]))


def main() -> None:
    """Plant, and tell."""
    import pytest  # noqa: F401 (once, before the forks)

    log = Path("mutation.log").resolve()
    for name in sys.argv[1:]:
        try:
            _tell(name, log)
        except RuntimeError as problem:
            print(json.dumps({"scorer": name, "unfit": " ".join(str(problem).split())[:300]}), flush=True)


def _tell(name: str, log: Path) -> None:
    """Plant the faults of one scorer, and tell of each."""
    for module, mutant, came in campaign(name, log.with_name(f"{name}.log")):
        told = {
            "scorer": name, "module": module, "function": mutant.function, "line": mutant.line,
            "before": mutant.before, "after": mutant.after, "came": came,
        }  # fmt: skip
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
