"""The page on scores shows what its bench measured last."""

from __future__ import annotations

import json

from bench.monitor_scores import PAGE, RESULTS, SETS, table


def test_the_table_on_the_page_is_the_one_that_was_measured() -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert table({split: kept[split] for split in SETS}) in PAGE.read_text(encoding="utf-8")
