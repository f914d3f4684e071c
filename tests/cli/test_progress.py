from __future__ import annotations

import pytest

from remit.cli import progress as subject
from remit.cli.output import Output


def test_a_log_gets_a_line_at_most_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr("remit.cli.progress.time.monotonic", lambda: now[0])
    with subject.progress(Output()) as tell:
        for second in range(25):
            now[0] = 100.0 + second
            tell("solving goals", second, 25)
        now[0] = 200.0
        tell("searching", 3, 0)
    assert capsys.readouterr().err.splitlines() == ["solving goals: 10 of 25", "solving goals: 20 of 25", "searching"]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with subject.progress(Output(quiet=True)) as tell:
        tell("solving goals", 1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("quiet", [True, False])
def test_what_happens_inside_is_not_swallowed(quiet: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    with pytest.raises(ZeroDivisionError), subject.progress(Output(quiet=quiet)):
        raise ZeroDivisionError


def test_who_interrupts_is_told_how_far_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    def play() -> None:
        with subject.progress(Output()) as tell:
            tell("playing", 128, 300)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play()
    assert capsys.readouterr().err == "error: interrupted before it was done (playing: 128 of 300)\n"
