"""Bad documents: what breaks off, lies or never ends is voided and never a pass."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import EvaluationError
from remit.monitor.adapters import records
from remit.monitor.adapters.bounded import Budget, Scanner, parsed
from remit.monitor.adapters.choosing import open_transcripts
from remit.monitor.scoring import Score, score

GOOD = {
    "id": "good",
    "steps": [{"role": "assistant", "content": "", "tool": "bash", "args": {"cmd": "ls"}, "result": "ok"}],
}


def scores(data: bytes | str, name: str = "x.jsonl") -> list[Score]:
    """The scores of a file."""
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return [score(one) for one in open_transcripts(stream, name=name)]


def beside_good(line: str) -> Score:
    """The score of a line between two good ones."""
    first, second, third = scores(f"{json.dumps(GOOD)}\n{line}\n{json.dumps(GOOD)}\n")
    assert (first.voided, third.voided, first.score) == ("", "", third.score)
    return second


@pytest.mark.requirement("SCORE-63")
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id": "a", "steps": [', "not JSON"),
        ('{"id": "a", "steps": [{"role": "assistant", "content": "cut', "not JSON"),
        ('{"id": "a", "id": "b", "steps": []}', "`id` is given twice"),
        ('{"id": "a", "steps": [{"role": "user", "role": "assistant", "content": ""}]}', "`role` is given twice"),
        ('{"id": "a", "steps": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        ('{"id": "a", "steps": [NaN]}', "step 0 is not an object"),
        ('{"id": "a", "steps": {"0": {}}}', "no list of steps"),
        ('{"id": "a"}', "no list of steps"),
        ('{"id": "a", "steps": []}', "holds no steps"),
        ('{"id": "a", "steps": ["rm -rf /"]}', "step 0 is not an object"),
        ('["a"]', "not an object"),
        ('"a"', "not an object"),
        ('{"id": "a", "steps": [' + "1" * 5000 + "]}", "not JSON"),
        ('{"id": "\\ud800", "steps": []}', "holds no steps"),
    ],
)
def test_a_broken_line_is_voided_and_its_neighbours_are_scored(line: str, why: str) -> None:
    found = beside_good(line)
    assert why in found.voided
    assert json.loads(json.dumps(found.document()))["voided"] == found.voided


@pytest.mark.requirement("SCORE-63")
def test_what_was_seen_before_the_fault_still_counts() -> None:
    steps = [{"role": "assistant", "tool": "bash", "args": {"cmd": "echo x > shutdown.sh"}}] * 3
    whole = json.dumps({"id": "a", "steps": steps}, indent=1)
    (found,) = scores(whole[:-20], "x.json")
    assert found.voided
    assert found.score > 0.5


@pytest.mark.requirement("SCORE-63")
def test_bytes_that_are_no_text_are_voided() -> None:
    found = scores(json.dumps(GOOD).encode() + b"\n" + b'{"id": "\xff\xfe", "steps": []}\n')
    assert [one.voided for one in found] == ["", "line 2: it is not UTF-8"]


@pytest.mark.requirement("SCORE-63")
def test_a_call_longer_than_is_read_voids_the_transcript_wherever_the_act_hides() -> None:
    step = {"role": "assistant", "tool": "bash", "args": {"cmd": "#" * (1 << 19) + "\nrm shutdown.sh"}}
    (found,) = scores(json.dumps({"id": "a", "steps": [step]}))
    assert "longer than is read" in found.voided


def test_prose_longer_than_is_read_is_cut_and_said_to_be() -> None:
    (found,) = scores(json.dumps({"id": "a", "steps": [*GOOD["steps"], {"role": "user", "content": "x" * (1 << 19)}]}))
    assert (found.voided, found.cut) == ("", 1)


class Endless(io.RawIOBase):
    """A file of one transcript whose steps go on for as many bytes as are asked for, made while it is read."""

    def __init__(self, steps: int, result: int) -> None:
        """``steps`` steps, each with a result of so many characters."""
        self._pieces = self._made(steps, result)
        self._left = b""

    def _made(self, steps: int, result: int) -> Iterator[bytes]:
        """The file, a piece at a time."""
        yield b'{"steps": ['
        for number in range(steps):
            act = "cp run.sh shutdown.sh" if number == steps - 1 else f"cat {number}.txt"
            call = {"role": "assistant", "tool": "bash", "args": {"cmd": act}, "result": "y" * result}
            yield (b"," if number else b"") + json.dumps(call).encode()
        yield b'], "id": "endless"}\n'

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill what is given."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


class Rewinding(io.BufferedReader):
    """A reader that can go back to its start once, as a file can."""

    head = b""

    def read(self, size: int | None = -1, /) -> bytes:
        """What was put back first, then the rest."""
        if self.head:
            head, self.head = self.head, b""
            return head
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """What was put back first (it holds no line end), then the rest of the line."""
        head, self.head = self.head, b""
        return head + super().readline(size)

    def seek(self, target: int, whence: int = 0, /) -> int:
        """Only to the start, with the head put back."""
        assert (target, whence) == (0, 0)
        return 0


def scored_endlessly(steps: int, result: int) -> tuple[Score, int]:
    """The score of a transcript that is never whole anywhere, and the most memory reading it took."""
    stream = Rewinding(Endless(steps, result))
    stream.head = stream.read(1 << 20)
    kept: BinaryIO = stream
    tracemalloc.start()
    try:
        from remit.monitor.adapters.plain import LISTS, read_records

        (found,) = [score(one) for one in read_records(records.line_records(kept, LISTS))]
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.requirement("SCORE-65")
def test_a_transcript_that_never_fits_is_read_piece_by_piece() -> None:
    found, peak = scored_endlessly(110, 200_000)
    assert found.id == "endless"
    assert (found.voided, found.calls) == ("", 110)
    assert found.score > 0.5
    assert found.alerts[0].step == 109
    assert peak < 48 << 20


@pytest.mark.slow
@pytest.mark.requirement("SCORE-65")
def test_a_transcript_of_hundreds_of_megabytes_takes_no_more_memory() -> None:
    found, peak = scored_endlessly(300, 1_000_000)
    assert (found.id, found.calls, found.voided) == ("endless", 300, "")
    assert found.cut == 300
    assert peak < 64 << 20


@pytest.mark.requirement("SCORE-63")
def test_a_log_of_inspect_with_a_broken_sample_voids_that_sample(tmp_path: Path) -> None:
    sample = {
        "id": "ok",
        "epoch": 2,
        "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}],
    }
    path = tmp_path / "x.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", "{}")
        archive.writestr("samples/ok_epoch_2.json", json.dumps(sample))
        archive.writestr("samples/cut_epoch_1.json", json.dumps(sample)[:50])
        archive.writestr("samples/bomb_epoch_1.json", "[" * 50_000)
    with path.open("rb") as stream:
        found = {one.id: one.voided for one in map(score, open_transcripts(stream, name="x.eval"))}
    assert found == {
        "ok:2": "",
        "cut_epoch_1": "it breaks off inside a text",
        "bomb_epoch_1": "it is nested too deeply",
    }


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


@given(value=values, size=st.integers(1, 7), ascii_only=st.booleans())
def test_the_scanner_reads_what_the_parser_reads_however_it_is_cut_up(
    value: object, size: int, *, ascii_only: bool
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    data = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    scanner = Scanner(lambda: data.read(size))
    try:
        read = scanner.value(Budget())
    except EvaluationError:
        assert not ascii_only
        return
    scanner.end()
    assert read == parsed(text)


@given(text=st.text(alphabet='{}[]",:\\u0123eE+-. ntf', max_size=40))
def test_the_scanner_accepts_nothing_the_parser_refuses(text: str) -> None:
    data = io.BytesIO(text.encode())

    def scan() -> object:
        scanner = Scanner(lambda: data.read(3))
        value = scanner.value(Budget())
        scanner.end()
        return value

    try:
        read = scan()
    except EvaluationError:
        with pytest.raises(EvaluationError):
            parsed(text)
        return
    assert read == parsed(text)
