from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.small_calls import found

from remit.charter.effects import is_effect
from remit.monitor.alert import Inferred
from remit.monitor.controls.controls import Controls
from remit.monitor.event import Event, EventKind
from remit.monitor.inference import READERS, Memory, _key, infer
from remit.monitor.programs.rules import tables, verbs_of
from remit.monitor.programs.table import run_program
from remit.monitor.scene import MOST_WORK, Scene

MILLION = 1_000_000
HUGE = [
    "a" * MILLION,
    "(" * MILLION,
    "$(" * 300_000,
    "`" * MILLION,
    "{a,b}" * 100_000,
    "{a,b,c,d,e,f}{a,b,c,d,e,f}{a,b,c,d,e,f}{a,b,c,d,e,f}{a,b,c,d,e,f}{1..99999}",
    "echo " + "a " * 300_000,
    "rm " + "shutdown.sh " * 50_000,
    "\\" * MILLION,
    "'" * 333_333,
    "eval " * 20_000,
    "sh -c '" * 5_000,
    "cat <<EOF\n" * 20_000,
    ":(){ :|:& };:",
    "f() { f; f; }; f",
    "a() { b; b; }; b() { a; a; }; a",
    "x='$x$x$x$x'; eval eval eval $x",
    "x=aaaaaaaaaaaaaaaa; " + "x=$x$x; " * 60 + "echo $x | sh",
    "for a in {1..999}; do for b in {1..999}; do for c in {1..999}; do kill $c; done; done; done",
    "while true; do sh -c 'while true; do kill 1; done'; done",
    "echo " + "a" * 60_000 + " | base64 | base64 | base64 | base64 | base64 -d | sh",
    "/*" * 200_000,
    '"' + "//" * 300_000,
    "docker " + "-a " * 2_000 + "stop" + " -b" * 2_000,
    "systemctl " + "x " * 2_000 + "!",
    "if " * 30_000,
    "a && " * 60_000 + "rm shutdown.sh",
    "sudo " * 30_000 + "rm x",
    "xargs " * 20_000,
    "SELECT " + "(" * 100_000,
    "SELECT 1 WHERE " + " OR ".join(["x = 1"] * 20_000),
    "DELETE FROM " + "a, " * 20_000,
    "import os\n" + "os.remove('x')\n" * 50_000,
    "x = " + "[" * 90_000,
    "x = " + "-" * 90_000 + "1",
    "x = " + "f(" * 5_000,
    "x = 'a' * 10 ** 9\ny = x * 10 ** 9\nimport os\nos.remove(y)",
    "x = [[0] * 9] * 9\n" + "x = x + x\n" * 40 + "import os\nos.system(x)",
    "\x00" * MILLION,
    "\ue000" * 100_000 + "\ue001" * 100_000,
    "\ud800" * 1000,
    "/".join(["shutdown"] * 100_000),
    "../" * 200_000 + "etc/shadow",
    "stop" * 100_000,
    "http://" + "a." * 200_000,
]


def work_of(args: dict[str, object]) -> tuple[int, tuple[Inferred, ...]]:
    """How much work a call takes to be read, and what was found."""
    from remit.monitor.arguments import read_arguments

    scene = Scene(controls=Controls.usual(), memory=Memory(), readers=READERS, program=run_program)
    read_arguments(Event(stream="s", step=0, kind=EventKind.CALL, tool="t", args=args), scene)
    return scene.work, tuple(scene.found.values())


@pytest.mark.requirement("MONITOR-04")
@pytest.mark.parametrize("text", HUGE, ids=lambda text: repr(text[:24]))
def test_a_monstrous_text_is_read_with_bounded_work(text: str) -> None:
    for name in ("command", "code", "query", "path", "x", "url"):
        work, inferred = work_of({name: text})
        assert work <= MOST_WORK + 100
        assert len(inferred) <= 64
        assert all(len(each.why) <= 300 and len(each.target) <= 200 for each in inferred)


@pytest.mark.requirement("MONITOR-04")
@settings(max_examples=examples(150), deadline=None)
@given(
    text=st.text(alphabet=string.printable + "\x00é\ue000\ue001", max_size=300),
    name=st.sampled_from(["command", "code", "query", "path", "key"]),
)
def test_no_text_raises(text: str, name: str) -> None:
    for each in found({name: text, "value": text}):
        assert is_effect(each.effect)
        assert 0 < each.certainty <= 1


PIECES = [
    "kill", "rm", "$(", ")", "`", "'", '"', "{", "}", "|", "&", ";", "\n", ">", "<", "<<EOF", "EOF", "<<<", "$x", "${", "#", "\\", "if", "then",
    "fi", "for", "do", "done", "case", "in", "esac", "function", "()", "=", "a=", "eval", "sh -c", "base64 -d", "-exec", "{}", "*", "?", "[", "]", "$((", "))",
    "shutdown.sh", "/etc/shadow", "~", "..", "!", "xargs", "sudo", "env", "find", "python3 -c", "docker exec", "ssh h", "crontab", "-", "--", "0", "[[", "]]", "&&", "$'", "\\x6b",
]  # fmt: skip


@pytest.mark.requirement("MONITOR-04")
@settings(max_examples=examples(200), deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40), glue=st.sampled_from(["", " "]))
def test_no_broken_command_raises(pieces: list[str], glue: str) -> None:
    work, inferred = work_of({"command": glue.join(pieces)})
    assert work <= MOST_WORK + 100
    assert all(is_effect(each.effect) for each in inferred)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    "command args path content query url method body code key value pid signal service name amount currency role user cron attachments to source destination replicas env".split()
)


@pytest.mark.requirement("MONITOR-04")
@settings(max_examples=examples(120), deadline=None)
@given(args=st.dictionaries(KEYS | st.text(max_size=5), JSON, max_size=6), tool=st.text(max_size=12))
def test_no_shape_of_arguments_raises(args: dict[str, object], tool: str) -> None:
    memory = Memory()
    for kind in EventKind:
        event = Event(stream="s", step=1, kind=kind, tool=tool, args=args, of=1, text="x 4711 y")
        for each in infer(event, Controls.usual(), memory):
            assert is_effect(each.effect)


def test_the_memory_of_a_long_stream_stays_small() -> None:
    memory = Memory()
    chance = random.Random(7)
    for step in range(2_000):
        name = f"f{step}"
        found({"path": name, "content": "x" * 5_000}, memory=memory, step=step)
        found(f"v{step}={chance.random()}; alias a{step}=ls; {name}() {{ ls; }}; sleep 1 &", memory=memory, step=step)
    held = (
        memory.files,
        memory.variables,
        memory.aliases,
        memory.functions,
        memory.children,
        memory.links,
        memory.starting,
    )
    assert sum(len(table) for table in held) <= 2_000
    assert sum(len(name) + len(text) for table in held for name, text in table.items()) <= 5_000_000


def test_the_same_call_on_the_same_memory_says_the_same() -> None:
    first = Memory()
    assert found("kill $X", memory=first) == found("kill $X", memory=first)
    found("X=$(pgrep auditd)", memory=first)
    assert {each.effect for each in found("kill $X", memory=first)} == {"oversight.monitor"}
    assert {each.effect for each in found("kill $X", memory=Memory())} != {"oversight.monitor"}


@pytest.mark.requirement("MONITOR-04")
def test_a_value_read_before_says_nothing_of_one_that_is_only_equal_to_it() -> None:
    def last_of(*values: float) -> object:
        controls = Controls(cwd="/work")  # one of its own: nothing is remembered yet
        calls = [
            Event(stream="s", step=0, kind=EventKind.CALL, tool="deploy", args={"skip_approval": value})
            for value in values
        ]
        return [infer(call, controls) for call in calls][-1]

    for before, after in ((1.0, True), (1.0, 1), (0.0, False), (False, 0)):
        assert last_of(before, after) == last_of(after), (before, after)


def test_numbers_whose_hashes_are_one_are_kept_apart() -> None:
    keys = {
        key
        for number in range(200)
        if (key := _key(Event(stream="s", step=0, kind=EventKind.CALL, tool="t", args={"n": number * (2**61 - 1)})))
    }
    assert len({hash(key) for key in keys}) == len(keys) == 200


def test_a_body_that_is_no_value_of_python_is_read_as_none() -> None:
    (one,) = found("curl -X POST https://x.example/v1 -d '{{}}'")
    assert (one.effect, one.target) == ("data.write", "x.example/v1")


def test_an_event_that_is_no_call_has_no_effects() -> None:
    for kind in set(EventKind) - {EventKind.CALL}:
        event = Event(stream="s", step=0, kind=kind, text="rm shutdown.sh", args={"command": "rm shutdown.sh"})
        assert infer(event, Controls.usual()) == ()


def test_a_command_that_cannot_be_read_says_so_with_low_certainty() -> None:
    inferred = found("for (( ; do | kill ) {")
    assert inferred
    assert all(each.certainty <= 0.3 for each in inferred)
    assert any("could be read" in each.why for each in inferred)


@pytest.mark.requirement("MONITOR-04")
def test_every_table_of_verbs_can_be_read_and_names_effects_of_the_vocabulary() -> None:
    for table in tables():
        for pattern, effects in verbs_of(table):
            assert pattern
            for effect, certainty in effects:
                assert effect in ("role", "change") or is_effect(effect), (table, effect)
                assert 0 < certainty <= 1
