"""How long the views of a safety case take: the tree laid out, drawn, and every format written.

CPU seconds of one process, the best of several rounds; the case is drawn at random with a fixed seed.

Run: ``uv run python -m bench.assurance_views``
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.assurance.cases import assessed, decided, observed, random_case

from remit.assurance.views.drawing import draw_tree
from remit.assurance.views.gate_cases import gate_junit
from remit.assurance.views.goals import goal_yaml
from remit.assurance.views.markdown import markdown_text
from remit.assurance.views.page import render
from remit.assurance.views.signs import Anchors
from remit.assurance.views.tree import lay_out

ROUNDS = 5
CLAIMS = (10, 70, 208, 330)


def best(work: Callable[[], object]) -> float:
    """The least CPU time of several rounds, in milliseconds."""
    times = []
    for _round in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def main() -> None:
    """Print one line for each size."""
    print("nodes  lay out  draw  page  Markdown  GSN  JUnit   (milliseconds of CPU)   page in KiB")
    for claims in CLAIMS:
        case = random_case(3, claims=claims)
        assessment, found = assessed(case, 3), observed(case)
        release = decided(assessment)
        anchors = Anchors({name: number for number, name in enumerate(assessment.nodes)})
        times = [
            best(lambda a=assessment: lay_out(a)),  # type: ignore[misc]
            best(lambda a=assessment, n=anchors: draw_tree(a, n)),  # type: ignore[misc]
            best(lambda a=assessment, r=release, o=found: render(a, r, observed=o)),  # type: ignore[misc]
            best(lambda a=assessment, r=release: markdown_text(a, r)),  # type: ignore[misc]
            best(lambda a=assessment: goal_yaml(a)),  # type: ignore[misc]
            best(lambda a=assessment, r=release: gate_junit(a, r)),  # type: ignore[misc]
        ]
        size = len(render(assessment, release, observed=found)) // 1024
        print(f"{len(assessment.nodes):5}  " + "  ".join(f"{value:7.1f}" for value in times) + f"  {size:8}")


if __name__ == "__main__":
    main()
