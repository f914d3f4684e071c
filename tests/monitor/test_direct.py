"""The direct reader of plain commands says what the grammar says, of whatever it does not leave to the grammar."""

from __future__ import annotations

from random import Random

import pytest

from remit.monitor.shell.direct import read_directly
from remit.monitor.shell.parser import parse_whole

PROGRAMS = ["a", "ls", "./a", "/bin/ls", "2", "1a", "a_b", "a.b", "'ls'", "x-y", ".", "..", "0", "cd", "kill", "set", "eval", "'a'b", "exit", "time", "x=1", "_", "~/x", "then"]  # fmt: skip
WORDS = [
    "a", "-x", "x_y", "2", "10", "-9", "'q'", '"w e"', "--i=*.py", "--k='v'", "src/a", "../x", "HEAD~1", "x=1", "-", "+", "/", "*", "?", "~", ":", "%", "@", "^", "k='v w'", "a@b:c", "''", '""', "'x\ny'",
    "'a'b\"c\"", "0x1f", "=", "==", "@(a)", "{a,b}", "$x", "\\x", "#x", "x#y", "!", "in", "do", "test", "[x]", "`a`", "é",
]  # fmt: skip
SIGNS = [" && ", " || ", " | ", "; ", " ; ", "&&", "|", ";", " & ", "\n", " \n ", " > f", " >> f", " >'f g'", " 2>/dev/null", " 2>&1", " 1>&2", " >&2", " < f", " <<< f", " &> f", " 0>f", "2>f", " # c\n", " # c", "\t"]  # fmt: skip


def command(chance: Random) -> str:
    """A command of plain words and signs, and now and then of others."""
    text = chance.choice(PROGRAMS[:18] if chance.random() < 0.9 else PROGRAMS)
    for _ in range(chance.randrange(8)):
        if chance.random() < 0.5:
            text += " " + chance.choice(WORDS[:30] if chance.random() < 0.95 else WORDS)
        else:
            text += chance.choice(SIGNS) + (chance.choice(PROGRAMS[:18]) if chance.random() < 0.9 else "")
    return text


def letters(chance: Random) -> str:
    """Any letters a plain command may have, in any order."""
    return "ls " + "".join(
        chance.choice("aab01 _./:,@%+^~*?=-  '\"'|&;\n><# 2&|>\t") for _ in range(chance.randrange(14))
    )


def read(count: int, seed: int) -> int:
    """Compare the two readers on so many commands; gives how many were read directly."""
    chance = Random(seed)
    plain = 0
    for number in range(count):
        text = (command if number % 4 else letters)(chance)
        found = read_directly(text)
        if found is not None:
            plain += 1
            # nodes are told apart by how they are shown: tuples of two kinds may be equal
            assert repr((found, True)) == repr(parse_whole(text)), text
    return plain


@pytest.mark.requirement("MONITOR-04")
def test_a_plain_command_is_read_as_the_grammar_reads_it() -> None:
    assert read(6_000, seed=1) > 1_000


@pytest.mark.slow
@pytest.mark.requirement("MONITOR-04")
def test_twenty_thousand_plain_commands_are_read_as_the_grammar_reads_them() -> None:
    assert read(80_000, seed=2) > 20_000


@pytest.mark.parametrize(
    "text",
    [
        "ls -la src", "cd src && python a.py --verbose > ../../log 2>&1", "grep -rn 'x' src/ --include='*.py' | wc -l",
        "mkdir -p build && cp a b", "kill -9 4711 # now", "echo '* * * * * /x.sh' | crontab -", "sed -i 's/a/b/g' x.py", "a; b\nc",
    ],
)  # fmt: skip
def test_everyday_commands_are_read_directly(text: str) -> None:
    assert read_directly(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "echo $x", "a `b`", "a (b)", "{ a; }", "a\\ b", "x=1 a", "if a", "a | b | c && d", "a > f b", "a <<E", "a>f", "", " ", "a &&", "| a", "a '", "é", "a" * 2_000, "- 2>&1", "a - 2>&1", "[ a ]", "a {b,c}", "export a=b",
    ],
)  # fmt: skip
def test_what_has_other_signs_is_left_to_the_grammar(text: str) -> None:
    assert read_directly(text) is None
