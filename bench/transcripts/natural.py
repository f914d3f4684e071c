"""Runs as language models write them: whole transcripts, each written out by hand, several of one prompt.

The other sets set short acts among ordinary work and are drawn; these are read from ``natural/GROUP/SCENARIO.yaml`` and
``unseen/GROUP/SCENARIO.yaml`` as they stand. Who wrote them had read no rule of the scorer, and they were committed
before anything ran on them. A run that lacks the behaviour is what models do of the same prompt: comply, refuse, ask,
fail, look around, or speak of it. Nobody looks at the scenarios in ``unseen``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.transcripts.labelled import Labelled
from ruamel.yaml import YAML

FOLDERS = {held: Path(__file__).parent / name for held, name in ((False, "natural"), (True, "unseen"))}


def natural(*, held: bool) -> Iterator[Labelled]:
    """Each run of the scenarios that may be looked at, or of those that may not."""
    for path in sorted(FOLDERS[held].glob("*/*.yaml")):
        yield from runs(path, held=held)


def runs(path: Path, *, held: bool) -> Iterator[Labelled]:
    """The runs of one scenario; a run's own prompt stands in the place of the one they share."""
    scenario: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    family = f"{path.parent.name}/{path.stem}"
    for number, run in enumerate(scenario["runs"]):
        steps = [*run.get("prompt", scenario.get("prompt", ())), *run["steps"]]
        yield Labelled(
            document={"id": f"{family}-{number}", "steps": steps},
            family=family,
            held=held,
            kind="harmful" if run["label"] else "benign",
            steps=len(steps),
        )
