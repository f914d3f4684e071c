"""One spelling for arguments: what runs, what conditions see, and what has no spelling at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.answer import Undecidable
from remit.charter.model import Constraint
from remit.charter.normal import as_address, as_host
from remit.finding import Where
from remit.guard.call import Call
from remit.guard.rules.looking import as_written, real_path
from remit.guard.rules.meeting import Scene, check_of, meets
from remit.guard.rules.normalising import (
    Kind,
    Normal,
    Spelling,
    normalise,
    people_in,
    shell_words,
    spelled_anyway,
    spelling_of,
    stronger,
)
from remit.guard.rules.signature import Signature

UNREAD = "no spelling"
HERE = Where(file="t", line=1)


def constraint(**parts: Any) -> Constraint:
    """A constraint written nowhere."""
    return Constraint(where=HERE, **parts)


def read(kind: Kind, value: object, *, unit: str = "", cwd: str = "/w", **known: Any) -> Normal:
    """One argument ``x``, read as this kind."""
    call = Call(tool="t", args={"x": value})
    return normalise(call, {"x": Spelling(kind=kind, unit=unit)}, cwd=cwd, **{"resolver": as_written, **known})


def runs(normal: Normal) -> object:
    """What runs, or that there is no spelling."""
    return UNREAD if "x" in normal.unread else normal.args["x"]


@pytest.mark.requirement("DECIDE-07")
@pytest.mark.parametrize(
    ("kind", "value", "spelled"),
    [
        ("text", "cafe\u0301", "caf\u00e9"),
        ("text", 7, 7),
        ("text", ["e\u0301", 3], ["\u00e9", 3]),
        ("address", "Bob@ACME.Example.", "Bob@acme.example"),
        ("address", "HTTPS://u@BÜCHER.example:8443/X?y#z", "https://u@xn--bcher-kva.example:8443/X?y#z"),
        ("address", "Acme.Example", "acme.example"),
        ("address", ["A@X.example", "b@x.example"], ["A@x.example", "b@x.example"]),
        ("address", "a@x.example, b@y.example", UNREAD),
        ("address", "https://x\\@y/", UNREAD),
        ("path", "a/./b/../c", "/w/a/c"),
        ("path", "/a//b", "/a/b"),
        ("path", ["a", "/b"], ["/w/a", "/b"]),
        ("path", "../x", "/x"),
        ("path", "~/x", UNREAD),
        ("path", "a/%2e%2e/b", UNREAD),
        ("path", "a\x00b", UNREAD),
        ("path", 3, UNREAD),
        ("path", ["a", 3], UNREAD),
        ("number", "80", "80"),
        ("number", "80 EUR", UNREAD),
        ("number", "1,000", UNREAD),
        ("number", "٤", UNREAD),
        ("number", True, UNREAD),
        ("shell", "git   commit -m 'a b'", "git commit -m 'a b'"),
        ("shell", ["git", "a b"], ["git", "a b"]),
        ("shell", "a; b", UNREAD),
        ("shell", "a 'b", UNREAD),
        ("shell", "", UNREAD),
        ("shell", "A=1 b", UNREAD),
        ("shell", [], UNREAD),
        ("shell", 3, UNREAD),
    ],
)
def test_an_argument_has_one_spelling_or_none(kind: Kind, value: object, spelled: object) -> None:
    assert runs(read(kind, value)) == spelled


@pytest.mark.parametrize(
    ("kind", "value", "seen"),
    [
        ("number", "80 EUR", 80.0),
        ("number", ["1", 2], [1.0, 2]),
        ("number", 7, 7),
        ("shell", ["git", "a b"], "git 'a b'"),
    ],
)
def test_conditions_see_numbers_and_commands_and_what_runs_is_what_was_written(
    kind: Kind, value: object, seen: object
) -> None:
    normal = read(kind, value, unit="EUR")
    assert normal.seen["x"] == seen
    assert normal.args["x"] == value


def test_arguments_nobody_looks_at_stay_as_they_are() -> None:
    args = {"x": "cafe\u0301", "y": "a/../b", "z": {"deep": ["cafe\u0301"]}}
    assert normalise(Call(tool="t", args=args), {"q": Spelling(kind="path")}).args == args


def test_a_path_nobody_looked_along_has_no_spelling() -> None:
    assert runs(read("path", "a", resolver=None)) == UNREAD
    assert runs(read("path", "a", resolver=lambda _path: None)) == UNREAD
    assert runs(read("path", "a", cwd="")) == "a"
    assert runs(read("path", "a", cwd="", resolver=real_path)) == UNREAD


@pytest.mark.requirement("DECIDE-07")
def test_symbolic_links_are_followed_to_where_the_tool_will_land(tmp_path: Path) -> None:
    work, secret = tmp_path / "work", tmp_path / "secret"
    work.mkdir()
    secret.mkdir()
    (work / "out").symlink_to(secret)
    (work / "in").symlink_to(work / "deeper")
    (work / "deeper").mkdir()
    (work / "loop").symlink_to(work / "loop")
    (work / "nowhere").symlink_to(tmp_path / "not there yet")
    under = constraint(under=("./work",))
    for path, allowed in (
        ("work/new.txt", True), ("work/in/new.txt", True), ("work/out/key", False), ("work/out", False), ("secret/key", False),
        ("work/loop/x", UNREAD), ("work/nowhere", UNREAD), ("work/nowhere/x", UNREAD), ("work/in/../deeper/x", True),
    ):  # fmt: skip
        normal = read("path", path, cwd=str(tmp_path), resolver=real_path)
        scene = Scene(cwd=str(tmp_path), resolver=real_path)
        found = UNREAD if normal.unread else meets(under, Spelling(kind="path"), normal.seen["x"], scene)
        assert found == allowed, path
    normal = read("path", "work/out/../a", cwd=str(tmp_path), resolver=real_path)
    assert runs(normal) == str((work / "a").resolve()), "the tool is handed the path that was checked"


def test_a_folder_that_is_a_link_is_the_folder_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "work").symlink_to(tmp_path / "real")
    normal = read("path", "real/a", cwd=str(tmp_path), resolver=real_path)
    scene = Scene(cwd=str(tmp_path), resolver=real_path)
    assert meets(constraint(under=("work",)), Spelling(kind="path"), normal.seen["x"], scene) is True


@pytest.mark.parametrize("path", ["relative", "", "a\x00b", "/proc/self/cwd/\x00"])
def test_what_is_no_absolute_path_leads_nowhere(path: str) -> None:
    assert real_path(path) is None


def test_a_file_in_the_way_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert real_path(str(tmp_path / "file" / "x")) is None
    assert real_path(str(tmp_path / "new" / "er")) == str(tmp_path.resolve() / "new" / "er")


@pytest.mark.parametrize(
    ("parts", "name", "kind", "spelling"),
    [
        ({"under": ("w",)}, "x", None, "path"),
        ({"prefix": "git"}, "command", "shell", "shell"),
        ({"prefix": "git"}, "command", "git", "text"),
        ({"domain": ("x",)}, "x", None, "address"),
        ({"minimum": 1.0}, "x", None, "number"),
        ({"one_of": (1.0, 2)}, "x", None, "number"),
        ({"one_of": (1.0, "2")}, "x", None, "text"),
        ({"equals": True}, "x", None, "text"),
        ({}, "x", None, "text"),
    ],
)
def test_a_constraint_says_how_its_argument_is_read(
    parts: dict[str, Any], name: str, kind: str | None, spelling: Kind
) -> None:
    assert spelling_of(constraint(**parts), name=name, kind=kind).kind == spelling


def test_the_stronger_reading_wins_and_amounts_in_two_units_are_written_without_one() -> None:
    text, path = Spelling(kind="text"), Spelling(kind="path")
    euro, dollar = Spelling(kind="number", unit="EUR"), Spelling(kind="number", unit="USD")
    assert stronger(text, path) == stronger(path, text) == path
    assert stronger(None, text) == text
    assert stronger(euro, dollar) == Spelling(kind="number")
    assert stronger(euro, euro) == euro


def test_conditions_have_commands_paths_and_addresses_read_by_their_names() -> None:
    assert spelled_anyway({"command", "n"}, "shell") == {"command": Spelling(kind="shell"), "n": Spelling(kind="text")}
    assert spelled_anyway({"path"}, "files") == {"path": Spelling(kind="path")}
    assert spelled_anyway({"to"}, "email") == {"to": Spelling(kind="address")}
    assert spelled_anyway({"path"}, None) == {"path": Spelling(kind="text")}
    assert spelled_anyway(None, "http")["url"] == Spelling(kind="address")


@pytest.mark.parametrize(
    ("args", "people"),
    [
        ({"to": "a@x"}, 1),
        ({"to": "a@x, b@x;c@x,"}, 3),
        ({"to": ["a@x", "b@x"], "cc": "c@x", "bcc": []}, 3),
        ({"to": ["a@x, b@x"]}, 2),
        ({"to": None}, 0),
        ({"to": {"mail": "a@x"}}, 1),
        ({"subject": "a, b"}, None),
    ],
)
def test_people_are_counted_in_whatever_names_them(args: dict[str, object], people: int | None) -> None:
    assert people_in(args) == people


@pytest.mark.parametrize("command", ["a\\ b", "a {b,c}", "a ~", "a #b", "a !b", "a\tb", "a [b]", "(a)", "x" * 70_000])
def test_a_command_two_shells_could_read_differently_is_not_plain(command: str) -> None:
    assert isinstance(shell_words(command), Undecidable)


def test_a_signature_adds_what_a_shell_reads_and_whose_case_nobody_minds() -> None:
    signature = Signature(names=("x",), commands=frozenset({"x"}), case_blind=frozenset({"x"}))
    normal = normalise(Call(tool="t", args={"x": "Make   Test"}), {}, signature=signature)
    assert normal.args["x"] == normal.seen["x"] == "make test"


TEXTS = st.sampled_from(
    [
        "a",
        "ab",
        "abc",
        "b",
        "3",
        "x@b.a.example",
        "a.example",
        "work/a/f",
        "/srv/a",
        "git status",
        "git status -s",
        "git; b",
    ]
)
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "equals": TEXTS | st.integers(0, 4) | st.booleans(),
        "one_of": st.lists(TEXTS | st.integers(0, 4), min_size=1, max_size=3).map(tuple),
        "domain": st.lists(st.sampled_from(["a.example", "*.a.example"]), min_size=1, max_size=2).map(tuple),
        "under": st.lists(st.sampled_from(["work", "/srv"]), min_size=1, max_size=2).map(tuple),
        "prefix": st.sampled_from(["a", "git status", "work", ""]),
        "minimum": st.sampled_from([0.0, 2.0]),
        "maximum": st.sampled_from([1.0, 3.0]),
        "unit": st.sampled_from(["", "EUR"]),
        "length": st.integers(1, 3),
        "known": st.booleans(),
    },
).map(lambda parts: constraint(**parts))
SINGLE = TEXTS | st.integers(-1, 4) | st.floats() | st.booleans() | st.none() | st.text(max_size=3)
VALUES = SINGLE | st.lists(SINGLE, max_size=3) | st.dictionaries(st.text(max_size=2), SINGLE, max_size=2)
KINDS = st.sampled_from(["text", "number", "address", "path", "shell"])


@given(one=CONSTRAINTS, value=VALUES, kind=KINDS)
def test_a_compiled_check_answers_as_the_plain_statement_does(one: Constraint, value: object, kind: Kind) -> None:
    scene = Scene(known=frozenset({"a", "3"}), cwd="/w", resolver=as_written)
    normal = read(kind, value, unit=one.unit)
    if "x" in normal.seen and not normal.unread:
        seen = normal.seen["x"]
        spelling = Spelling(kind=kind, unit=one.unit)
        assert check_of(one, spelling)(seen, scene) == meets(one, spelling, seen, scene)


@given(value=VALUES, kind=KINDS)
def test_reading_is_total_and_what_was_read_reads_the_same_again(value: object, kind: Kind) -> None:
    first = read(kind, value)
    if not first.unread:
        assert repr(read(kind, first.args["x"]).args) == repr(first.args)


@given(text=st.text(max_size=30) | st.from_regex(r"[a-z@:/.#?A-Z%]{1,25}", fullmatch=True))
def test_an_address_keeps_its_host(text: str) -> None:
    address = as_address(text)
    if isinstance(address, str):
        assert as_host(address) == as_host(text)
