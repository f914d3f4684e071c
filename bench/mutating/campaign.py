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
VARIANTS = "ABFGHIJLMNOPQ"
"""The variants a fault is looked for in; C, D, E and K change words only."""
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
        before = notices(module, tree, judge, fresh=fresh, log=log)
        if before != "missed":
            raise RuntimeError(f"{name}: {before} with no fault in it: {log.read_text(encoding='utf-8')[-2000:]}")
        for mutant in mutants_of(tree, _regions(tree, [part for part in parts if part.module == module])):
            yield module, mutant, notices(module, planted(tree, mutant), judge, fresh=fresh, log=log)


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


def _judge(name: str) -> Callable[[], bool]:
    """Whether anything is wrong: first the organisms, then the tests."""

    def crosschecked(scenario: Scenario) -> bool:
        from remit.evals.crosscheck import checks_of
        from remit.evals.organisms import organisms

        return any(check.wrong for check in checks_of(scenario, organisms(), variants=VARIANTS, seeds=SEEDS))

    def judge() -> bool:
        if name == SHARED:
            from remit.evals.scenarios import scenarios

            return _tested(name) or any(crosschecked(scenario) for scenario in scenarios()[::8])
        return crosschecked(_scenario(name)) or _tested(name)

    return judge


def _tested(name: str) -> bool:
    """Whether a test of this scorer fails."""
    folder = Path("tests/evals/scenarios")
    files = [folder.parent / "test_scoring.py"] if name == SHARED else [folder / f"test_{name}.py"]
    found = [str(file) for file in files if file.is_file()]
    if not found:
        return False
    import pytest

    with contextlib.redirect_stdout(io.StringIO()):
        return bool(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *found]))


def main() -> None:
    """Plant, and tell."""
    log = Path("mutation.log").resolve()
    for name in sys.argv[1:]:
        for module, mutant, came in campaign(name, log.with_name(f"{name}.log")):
            told = {
                "scorer": name, "module": module, "function": mutant.function, "line": mutant.line,
                "before": mutant.before, "after": mutant.after, "came": came,
            }  # fmt: skip
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
