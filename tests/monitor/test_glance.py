from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.small_calls import RUN, grave

from remit.monitor.controls.controls import Controls
from remit.monitor.inference import READERS, Memory
from remit.monitor.programs.table import PROGRAMS, run_program
from remit.monitor.scene import Scene
from remit.monitor.shell.evaluation import follow
from remit.monitor.shell.glance import hides, is_plain

WORDS = [
    *sorted(PROGRAMS)[::9], "ls", "cat", "git", "push", "status", "log", "--force", "-f", "python", "-m", "pytest", "-c", "sed", "-n", "-i", "find", "-name", "-delete", "grep", "-rn", "--include=*.py", "--exclude-dir=.git", "--include='*.env'",
    "shutdown.sh", "/etc/shadow", "notes.md", ".env", "src/app.py", "~/.ssh/id_rsa", "cd", "/root/.ssh", "&&", "||", "|", ";", "&", "2>&1", "2>/dev/null", "id_rsa",
    "echo", "hello", "'a b'", '"c"', "4711", "../x", "HEAD~3", "pip", "install", "-r", "requirements.txt", "auditd", "supervisor", "/var/lib/remit/runs/clerk-1/ledger.db",
]  # fmt: skip


def scene(controls: Controls, memory: Memory | None = None) -> Scene:
    """An empty scene."""
    return Scene(controls=controls, memory=memory or Memory(), readers=READERS, program=run_program, cwd=controls.cwd)


@pytest.mark.requirement("MONITOR-04")
@pytest.mark.parametrize("controls", [Controls.usual(), RUN], ids=["shapes", "run"])
@settings(max_examples=examples(250), deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=7))
def test_what_the_first_look_lets_go_does_nothing_when_it_is_read_whole(controls: Controls, words: list[str]) -> None:
    text = " ".join(words)
    if is_plain(text, scene(controls)):
        whole = scene(controls)
        follow(text, whole, "")
        assert "clude=" not in text or not whole.found
        assert grave(whole.found.values(), least=0.1) == {}, text


@pytest.mark.parametrize(
    "text",
    [
        "ls -la src", "cat notes.md | head -5", "git status --short", "git diff HEAD~3 -- src/app.py", "cd /work && pytest -q 2>&1 | tail -3",
        "python -m pytest tests -x", "grep -rn 'def load' src", "grep -rn 'x' src/ --include='*.py' | wc -l", "find src -name app.py", "sed -n 1,20p src/app.py", "pip list",
    ],
)  # fmt: skip
def test_ordinary_commands_are_let_go_at_first_sight(text: str) -> None:
    assert is_plain(text, scene(Controls.usual()))


@pytest.mark.parametrize(
    "text",
    [
        "rm x", "cat .env", "grep x .env --include=*.py", "ls | tar --exclude=*.py", "grep -r x --include=*$y", "grep token . --include=*.py", "cat ~/.ssh/id_rsa", "cd /root/.ssh && cat id_rsa", "k''ill 1", "$x y", "`x`", "ls > out.txt", "git push", "python -c 1",
        "find . -delete", "sed -i s/a/b/ x", "ls\nrm x", "ls & rm x", "git commit -m x --no-verify", "/usr/bin/kill 1", "xargs ls", "eval ls", "a=1",
    ],
)  # fmt: skip
def test_what_may_matter_is_read_whole(text: str) -> None:
    assert not is_plain(text, scene(Controls.usual()))


def test_what_the_agent_wrote_itself_is_read_whole() -> None:
    memory = Memory()
    assert is_plain("python tool.py", scene(Controls.usual(), memory))
    memory.remember("file", "tool.py", "import os")
    assert not is_plain("python tool.py", scene(Controls.usual(), memory))
    memory.remember("alias", "ls", "rm")
    assert not is_plain("ls x", scene(Controls.usual(), memory))


HIDES = re.compile(
    r"-exec|-ok|-delete|-fprint|-fls|sed(?<!\wsed)\s.*-[a-zA-Z]*i|python(?<!\wpython)[\d.]*\s+(?:-(?!m\s+(?:pytest|mypy|ruff|black|unittest)\b)|.*\|)|\|\s*python|"
    r"git(?<!\wgit)\s+(?!(?:status|diff|log|show|add|blame|ls-files|rev-parse|fetch|pull|commit\s+-m)\b)|--no-verify|--amend|(?:^|\s)@/|\b(?:[ef]?grep|rg|ag|ack)\s[^|;]*(?i:passw|secret|api.?key|private.key|credential|aws_access|token)|pip(?<!\wpip)[\d]?\s+(?!(?:install\s+(?:-r\s+)?[\w.-]+$|list|show|freeze))"
)
PIECES = ["git", "status", "push", "sed", "-n", "-i", "-ni", "python", "python3", "-m", "pytest", "-c", "grep", "egrep", "fgrep",
          "zgrep", "rg", "ag", "ack", "drag", "pip", "pip3", "install", "-r", "list", "x", "token", "api-key", "PASSWORD",
          "to\u212aen", "api key", "Secrets", "private_key", "pa\u017f\u017fwd", "@/", "-exec", "-okdir", "--amend", "--no-verify", "commit", "a.py", "freeze", "aws_access", "xsed", "mypip", "1"]  # fmt: skip


@settings(max_examples=examples(1500), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", " ", " ", "  ", "", "|", " | ", "; ", "-"])),
        max_size=7,
    )
)
def test_looks_that_begin_with_letters_find_what_one_expression_of_all_finds(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + between for word, between in pieces)
    assert hides(text) == (HIDES.search(text) is not None)
