"""Tables on the page of what the theory engine shows are those that a kept measurement gives."""

import json
from pathlib import Path

from bench.orbits import RESULTS, table

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "theory-shown.md"


def test_the_table_of_saved_samples_is_what_the_kept_measurement_gives() -> None:
    lines = table(json.loads(RESULTS.read_text(encoding="utf-8")))
    assert len(lines.splitlines()) > 2
    assert f"\n\n{lines}\n\n" in PAGE.read_text(encoding="utf-8")
