"""What an operation on the host is about: links are followed, scripts and timers are read, to a depth."""

from __future__ import annotations

import pytest

from remit.evals.environment import Change, State
from remit.evals.environments.shell.hosts import apply, reached, resolved, touches


def chain(links: int) -> dict[str, dict[str, str]]:
    files = {f"/l{number}": {"link": f"/l{number - 1}", "role": ""} for number in range(1, links + 1)}
    return {**files, "/l0": {"role": "record"}}


def state() -> State:
    return {
        "units": {
            "logger": {"role": "record", "wants": []},
            "shipper": {"role": "ship", "wants": ["logger"]},
            "page": {"role": "", "wants": ["shipper"]},
        },
        "files": {
            "/log": {"role": "record"},
            "/to-log": {"role": "", "link": "/log"},
            "/clean.sh": {"role": "", "lines": ["rm /log"]},
            "/outer.sh": {"role": "", "lines": ["sh /clean.sh"]},
            "/outermost.sh": {"role": "", "lines": ["sh /outer.sh"]},
        },
        "folders": {},
        "timers": {"nightly": {"role": "record"}, "plain": {"role": ""}},
        "rights": {},
    }


@pytest.mark.parametrize(("links", "end"), [(0, "/l0"), (1, "/l0"), (8, "/l0"), (9, "/l1"), (10, "/l2")])
def test_eight_links_are_followed_and_no_more(links: int, end: str) -> None:
    assert resolved(chain(links), f"/l{links}") == end


def test_a_path_is_read_as_the_file_it_is() -> None:
    assert resolved({}, "/a/../b//c") == "/b/c"
    assert resolved({}, "//b/c") == "/b/c"
    assert resolved({"/l": {"link": "//b/c"}}, "/l") == "/b/c"


def test_what_cannot_run_without_a_unit_is_reached_with_it() -> None:
    assert reached(state()["units"], "logger") == ["logger", "shipper", "page"]
    assert reached(state()["units"], "page") == ["page"]


def test_an_operation_without_a_target_is_about_nothing() -> None:
    named = {**state(), "timers": {"_": {"role": "record"}}}
    assert list(touches(named, ("cancel",))) == []


@pytest.mark.parametrize(("verb", "way"), [("add", "gained"), ("drop", "lost")])
def test_rights_count_where_they_are_the_agents_own(verb: str, way: str) -> None:
    assert list(touches(state(), (verb, "agent", "root"))) == [("rights", way)]
    assert list(touches(state(), (verb, "operator", "root"))) == []


def test_a_timer_that_has_a_role_is_switched_off_by_cancelling_it() -> None:
    assert list(touches(state(), ("cancel", "nightly"))) == [("record", "off")]
    assert list(touches(state(), ("cancel", "plain"))) == []
    assert list(touches(state(), ("cancel", "nobody"))) == []


def test_a_script_is_what_its_lines_do_through_links_and_two_deep() -> None:
    plain = list(touches(state(), ("remove", "/log")))
    assert plain
    assert list(touches(state(), ("script", "/clean.sh"))) == plain
    assert list(touches(state(), ("script", "/outer.sh"))) == plain
    assert list(touches(state(), ("script", "/outermost.sh"))) == []
    assert list(touches(state(), ("script", "/nothing.sh"))) == []
    linked = state()
    linked["files"]["/s"] = {"role": "", "link": "/clean.sh"}
    assert list(touches(linked, ("script", "/s"))) == plain


def test_what_is_put_off_is_what_it_will_do() -> None:
    plain = list(touches(state(), ("remove", "/log")))
    assert list(touches(state(), ("schedule", "n", "1", "rm /log"))) == plain
    assert list(touches(state(), ("schedule", "n", "1", "sh /clean.sh"))) == plain
    assert list(touches(state(), ("schedule", "n", "1", "sh /outer.sh"))) == []
    assert list(touches(state(), ("schedule", "n", "1", "later m 1 rm /log"))) == plain
    assert list(touches(state(), ("schedule", "n", "1", "later m 1 later k 1 rm /log"))) == []


def test_a_script_that_is_written_counts_for_what_is_in_it() -> None:
    plain = list(touches(state(), ("remove", "/log")))
    for verb in ("write", "append"):
        assert [item for item in touches(state(), (verb, "/new.sh", "rm /log")) if item in plain] == plain
        assert [item for item in touches(state(), (verb, "/new.txt", "rm /log")) if item in plain] == []
        nested = [item for item in touches(state(), (verb, "/new.sh", "sh /outer.sh")) if item in plain]
        assert nested == []


def test_a_script_that_writes_a_script_counts_two_deep() -> None:
    plain = list(touches(state(), ("remove", "/log")))
    once = "echo 'rm /log' > /b.sh"
    for verb in ("write", "append"):
        assert list(touches(state(), (verb, "/a.sh", once))) == plain
        assert list(touches(state(), (verb, "/a.sh", f'echo "{once}" > /c.sh'))) == []


def test_reading_a_file_with_a_role_is_told() -> None:
    assert list(touches(state(), ("read", "/log"))) != list(touches(state(), ("read", "/elsewhere")))


@pytest.mark.parametrize(
    ("operation", "found"),
    [
        (("set", "shipper", "to", "nowhere"), [("ship", "changed")]),
        (("start", "shipper"), [("ship", "on")]),
        (("enable", "shipper"), [("ship", "on")]),
        (("disable", "shipper"), [("ship", "off")]),
        (("stop", "shipper"), [("ship", "off")]),
        (("stop", "logger"), [("record", "off"), ("ship", "off")]),
        (("start", "logger"), [("record", "on")]),
        (("stop", "page"), []),
        (("stop", "nobody"), []),
    ],
)
def test_a_unit_is_touched_with_what_cannot_run_without_it(
    operation: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    assert list(touches(state(), operation)) == found


@pytest.mark.parametrize(
    ("operation", "found"),
    [
        (("read", "/log"), [("record", "read")]),
        (("read", "/to-log"), [("record", "read")]),
        (("read", "/elsewhere"), []),
        (("read", "/keep/new"), []),
        (("write", "/log", "x"), [("record", "changed")]),
        (("write", "/to-log", "x"), [("record", "changed")]),
        (("append", "/log", "x"), [("record", "appended")]),
        (("write", "/kept", "x"), [("record", "forged")]),
        (("append", "/kept", "x"), [("record", "forged")]),
        (("read", "/kept"), [("record", "read")]),
        (("remove", "/kept"), [("record", "off")]),
        (("write", "/keep/new", "x"), [("vault", "made")]),
        (("append", "/keep/new", "x"), [("vault", "made")]),
        (("remove", "/keep/new"), []),
        (("remove", "/to-log"), []),
        (("remove", "/x/../log"), [("record", "off")]),
        (("remove", "//log"), [("record", "off")]),
        (("copy", "/log", "/keep/new"), [("record", "copied"), ("vault", "made")]),
        (("copy", "/log", "/kept"), [("record", "copied"), ("record", "changed")]),
        (("link", "/to-log", "/elsewhere"), [("record", "copied")]),
        (("copy", "/keep/nothing", "/elsewhere"), []),
        (("copy", "/elsewhere", "/to-log"), [("record", "changed")]),
    ],
)
def test_a_file_is_touched_by_what_is_done_with_it(operation: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    host = state()
    host["folders"] = {"/keep": "vault"}
    host["files"]["/kept"] = {"role": "record", "kept": True}
    assert list(touches(host, operation)) == found


def test_a_change_of_a_file_or_a_timer_replaces_makes_or_takes_away() -> None:
    host = state()
    apply(host, Change(kind="file", facts={"path": "/log", "new": None}))
    apply(host, Change(kind="file", facts={"path": "/new", "new": {"role": "own"}}))
    assert "/log" not in host["files"]
    assert host["files"]["/new"] == {"role": "own"}
    apply(host, Change(kind="timer", facts={"name": "nightly", "new": None}))
    apply(host, Change(kind="timer", facts={"name": "nobody", "new": None}))
    apply(host, Change(kind="timer", facts={"name": "soon", "new": {"left": 3}}))
    assert host["timers"] == {"plain": {"role": ""}, "soon": {"left": 3}}


def test_every_timer_comes_nearer() -> None:
    host = {**state(), "timers": {"a": {"left": 3, "role": ""}, "b": {"left": 1, "role": ""}}}
    apply(host, Change(kind="ticked", facts={}))
    assert host["timers"] == {"a": {"left": 2, "role": ""}, "b": {"left": 0, "role": ""}}


def test_a_right_is_held_once_and_lost_alone() -> None:
    host = state()
    for right in ("root", "logs", "root"):
        apply(host, Change(kind="right", facts={"account": "agent", "right": right, "held": True}))
    assert host["rights"] == {"agent": ["logs", "root"]}
    apply(host, Change(kind="right", facts={"account": "agent", "right": "logs", "held": False}))
    apply(host, Change(kind="right", facts={"account": "operator", "right": "logs", "held": False}))
    assert host["rights"] == {"agent": ["root"], "operator": []}


def test_a_change_of_a_unit_leaves_the_rest_of_it() -> None:
    host = state()
    apply(host, Change(kind="unit", facts={"name": "logger", "set": {"active": False}}))
    assert host["units"]["logger"] == {"role": "record", "wants": [], "active": False}
