"""A charter in a folder of its own, an engine that answers at once, and a way to type commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from tests.example_report import clean_report, example_report, shares

from remit.charter.model import Charter
from remit.cli.main import main
from remit.incentives.report import Report

EXAMPLE = Path(__file__).parents[1] / "example_charter.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


Typed = Callable[..., Answer]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same terminal, no settings and no runs from outside for every test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "no-state"))
    for name in ("GITHUB_ACTIONS", "CI", "NO_COLOR", "FORCE_COLOR", "REMIT_CHARTER", "REMIT_JSON"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example's charter, as the working directory."""
    (tmp_path / "remit.yaml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """An engine that answers with the example's report, or the clean one once the stop is outside; it keeps its answers."""
    given: list[Report] = []

    def assess(
        charter: Charter,
        *,
        goals: int,
        seed: int,
        progress: Callable[[str, int, int], None],
        exact: bool,
        shapley: bool,
    ) -> Report:
        assert not exact  # what it means is tested with the engine itself
        progress("solving goals", 1, 2)
        build = clean_report if "at: outside" in charter.source else example_report
        given.append(
            build(
                charter_path=charter.path,
                charter_digest=charter.digest,
                findings=(),
                goals=goals,
                seed=seed,
                shapley=shares() if shapley and build is example_report else (),
            )
        )
        return given[-1]

    module = ModuleType("remit.incentives.assessment")
    module.assess = assess  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "remit.incentives.assessment", module)
    return given


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type ``remit ...`` and look at the answer."""

    def answer(*words: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        captured = capsys.readouterr()
        return Answer(code=int(ended.value.code or 0), out=captured.out, err=captured.err)

    return answer


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test's own, without a run in it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "remit" / "runs"
