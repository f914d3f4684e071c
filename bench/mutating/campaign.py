"""Every fault of some scorers, planted one by one in this process's children; run inside a scratch copy of the tree.

Run by ``bench/mutation.py``: ``python -m bench.mutating.campaign NAME…``, a line of JSON on standard output for each.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import inspect
import io
import json
import math
import resource
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.mutating.operators import Mutant, mutants_of, planted
from bench.mutating.running import notices
from bench.mutating.units import Unit, units

from remit.evals.scenario import Scenario
from remit.evals.scorer_code import CodePart

__all__ = ["VARIANTS", "campaign"]

VARIANTS = "AFHJ"
"""The variants a fault is looked for in; the others change words, or what these change as well."""
SEEDS = (1,)
_MOST_READERS = 8
_MOST_SHEETS = 5
_LONGEST = 300  # seconds of a processor, with no fault in it
_SCENARIOS = "remit.evals.scenarios"


def campaign(unit: Unit, log: Path, only: Sequence[Sequence[str | int]] | None = None) -> Iterator[tuple[Mutant, str]]:
    """Each fault of one unit with what came of it, or ``only`` those whose function, line, before and after are named.

    What noticed the last fault is asked first about the next, since neighbours are mostly noticed by the same. Raises
    ``RuntimeError`` where the judges find something wrong before anything was planted.
    """
    judges = _judges(unit)
    tree = ast.parse(inspect.getsource(sys.modules[unit.module]))
    fresh = _dependents(unit.module)

    def came_of(changed: ast.Module, seconds: int) -> str:
        judge, words = _first_of(judges), list(judges)
        came = notices(unit.module, changed, judge, words=words, fresh=fresh, log=log, seconds=seconds)
        if came in judges:
            judges.move_to_end(came, last=False)
        return came.split()[0]

    began = _used()
    if (before := came_of(tree, _LONGEST)) != "missed":
        raise RuntimeError(f"{before} with no fault in it: {log.read_text(encoding='utf-8')[-300:]}")
    seconds = 10 + 4 * math.ceil(_used() - began)
    for mutant in mutants_of(tree, _regions(tree, unit.parts)):
        if only is not None and [mutant.function, mutant.line, mutant.before, mutant.after] not in only:
            continue
        yield mutant, came_of(planted(tree, mutant), seconds)


def _used() -> float:
    """How many seconds of a processor the children used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _first_of(judges: Mapping[str, Callable[[], bool]]) -> Callable[[], str]:
    """One judge of many: the name of the first that finds something wrong."""
    return lambda: next((name for name, wrong in judges.items() if wrong()), "")


def _dependents(module: str) -> list[str]:
    """The loaded modules that import a module, or one that does."""
    loaded = [name for name in sys.modules if name.startswith("remit.evals.") or name == "tests.mark_sheets"]
    reads = {name: _imports(name) for name in loaded}
    found, waiting = {module}, [module]
    while waiting:
        wanted = waiting.pop()
        for name in [name for name in loaded if name not in found and wanted in reads[name]]:
            found.add(name)
            waiting.append(name)
    return sorted(found)


def _imports(name: str) -> set[str]:
    """The modules a module imports, with the packages it imports from and what may be modules of those."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[name]))):
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
    return found


def _regions(tree: ast.Module, parts: Sequence[CodePart]) -> Iterator[tuple[str, ast.AST]]:
    """The nodes of this tree the parts stand for."""
    wanted = {(part.line, part.column, type(part.node)): part.name for part in parts}
    for node in ast.walk(tree):
        name = wanted.get((getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(node)))
        if name is not None:
            yield name, node


def _judges(unit: Unit) -> OrderedDict[str, Callable[[], bool]]:
    """What notices that something is wrong: the organisms and sheets of scorers that read the unit, and its own tests.

    By ``organisms``, ``sheet`` or ``tests`` and what they are of, the quickest first.
    """
    readers = [name for name in unit.readers if unit.name in {f"scenarios.{name}", "scoring"}] or list(unit.readers)
    names = readers[:: max(1, len(readers) // _MOST_READERS)][:_MOST_READERS]
    found: OrderedDict[str, Callable[[], bool]] = OrderedDict()
    for name in names:
        found[f"organisms in {name}"] = partial(_disagree, name, VARIANTS[0])
    found[f"sheet of {names[0]}"] = partial(_says_otherwise, names[0])
    for file in _files(unit):
        found[f"tests in {file}"] = partial(_fails, file)
    for name in names[1:_MOST_SHEETS]:
        found[f"sheet of {name}"] = partial(_says_otherwise, name)
    found[f"organisms in other variants of {names[0]}"] = partial(_disagree, names[0], VARIANTS[1:])
    return found


def _disagree(name: str, letters: str) -> bool:
    """Whether an organism's verdict is not the one it declares."""
    from remit.evals.crosscheck import checks_of
    from remit.evals.organisms import organisms

    return any(check.wrong for check in checks_of(_scenario(name), organisms(), variants=letters, seeds=SEEDS))


def _says_otherwise(name: str) -> bool:
    """Whether a sheet is not the one that was kept."""
    from tests.mark_sheets import sheet_of, stored_sheet

    return bool(json.loads(json.dumps(sheet_of(_scenario(name)))) != stored_sheet(name))


def _scenario(name: str) -> Scenario:
    """The scenario of a module, imported where it is not."""
    found: Scenario = importlib.import_module(f"{_SCENARIOS}.{name}").SCENARIO
    return found


def _files(unit: Unit) -> list[str]:
    """The tests of a unit: those that mirror its path, and those of its package."""
    *folder, last = unit.name.split(".")
    places = ["/".join([*folder, f"test_{last}.py"]), "/".join([*folder[:-1], f"test_{last}.py"])]
    places += ["test_verdicts.py"] if unit.name == "scoring" else []
    return [str(file) for file in dict.fromkeys(Path("tests/evals", place) for place in places) if file.is_file()]


def _fails(file: str) -> bool:
    """Whether a test of a file fails."""
    import pytest

    with contextlib.redirect_stdout(io.StringIO()):
        return bool(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--noconftest", "--assert=plain", file]))


def main() -> None:
    """Plant, and tell; a first argument in braces names the faults to plant by unit, none of which is all."""
    for module in ("pytest", "tests.mark_sheets", "remit.evals.crosscheck", "remit.evals.organisms"):
        importlib.import_module(module)  # once, before the forks
    gc.freeze()  # what is loaded stays shared: a collection in a child would write to all of it
    told = sys.argv[1:]
    only = json.loads(told.pop(0)) if told and told[0].startswith("{") else {}
    for name in told:
        log = Path(f"{name}.log").resolve()
        try:
            for mutant, came in campaign(units()[name], log, only.get(name)):
                _tell(
                    name,
                    function=mutant.function,
                    line=mutant.line,
                    before=mutant.before,
                    after=mutant.after,
                    came=came,
                )
        except RuntimeError as problem:
            _tell(name, unfit=" ".join(str(problem).split()))
        _tell(name, done=True)


def _tell(name: str, **facts: object) -> None:
    """Write one line."""
    print(json.dumps({"unit": name, **facts}), flush=True)


if __name__ == "__main__":
    main()
