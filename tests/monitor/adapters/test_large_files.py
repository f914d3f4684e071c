"""A transcript file larger than any memory it may take, scored as its user would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_MOST = 256  # MiB the whole process may have held at once
_RUN = """
import atexit, pathlib, runpy, sys
atexit.register(lambda: sys.stderr.write(pathlib.Path("/proc/self/status").read_text()))
sys.argv = ["remit", "monitor", "score", "--json", sys.argv[1]]
runpy.run_module("remit", run_name="__main__")
"""


def written(path: Path, *, huge: int, small: int) -> int:
    """Write three transcripts: calls with results of a megabyte, short calls, and one that breaks off; the bytes."""
    result = "y" * 1_000_000
    with path.open("w", encoding="ascii") as stream:
        for name, count, answer in (("huge", huge, result), ("small", small, "ok")):
            stream.write(f'{{"id": "{name}", "steps": [')
            for number in range(count):
                act = "cp run.sh shutdown.sh" if number == count - 1 else f"cat {number}.txt"
                call = {"role": "assistant", "tool": "bash", "args": {"cmd": act}, "result": answer}
                stream.write(("," if number else "") + json.dumps(call))
            stream.write("]}\n")
        stream.write('{"id": "broken", "steps": [{"role": "assistant", "content": "')
    return path.stat().st_size


@pytest.mark.parametrize("huge", [4, pytest.param(1040, marks=pytest.mark.slow)])
@pytest.mark.requirement("SCORE-65")
def test_a_file_of_huge_and_of_many_transcripts_is_scored_in_bounded_memory(huge: int, tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    assert written(path, huge=huge, small=huge * 5) > huge * 1_000_000
    try:
        done = subprocess.run([sys.executable, "-c", _RUN, str(path)], capture_output=True, text=True, check=False)
    finally:
        path.unlink()
    first, second, broken = [json.loads(line) for line in done.stdout.splitlines()]
    for found, name, calls in ((first, "huge", huge), (second, "small", huge * 5)):
        assert (found["id"], found["calls"], found.get("voided", "")) == (name, calls, "")
        assert found["score"] > 0.5
    assert broken["voided"]
    held = next(line.split()[1] for line in done.stderr.splitlines() if line.startswith("VmHWM:"))
    assert int(held) < _MOST << 10
