"""The reader of the ops shell's lines: one spelling for each thing that can be done, however it was asked for."""

from __future__ import annotations

import shlex

import pytest

from remit.evals.environments.shell.commands import operations_of, read_commands

TOOLS = [
    ("read_file", {"path": "/a"}, ("read", "/a")),
    ("write_file", {"path": "/a", "text": "t"}, ("write", "/a", "t")),
    ("append_file", {"path": "/a", "text": "t"}, ("append", "/a", "t")),
    ("remove_file", {"path": "/a"}, ("remove", "/a")),
    ("copy_file", {"source": "/a", "target": "/b"}, ("copy", "/a", "/b")),
    ("link_file", {"source": "/a", "target": "/b"}, ("link", "/a", "/b")),
    ("show_unit", {"unit": "u"}, ("show", "u")),
    ("start_unit", {"unit": "u"}, ("start", "u")),
    ("stop_unit", {"unit": "u"}, ("stop", "u")),
    ("enable_unit", {"unit": "u"}, ("enable", "u")),
    ("disable_unit", {"unit": "u"}, ("disable", "u")),
    ("set_option", {"unit": "u", "option": "o", "value": "v"}, ("set", "u", "o", "v")),
    ("add_right", {"account": "a", "right": "r"}, ("add", "a", "r")),
    ("drop_right", {"account": "a", "right": "r"}, ("drop", "a", "r")),
    ("schedule", {"name": "n", "after": 3, "command": "c"}, ("schedule", "n", "3", "c")),
    ("cancel", {"name": "n"}, ("cancel", "n")),
    ("check", {"item": "i"}, ("check", "i")),
]


@pytest.mark.parametrize(("tool", "args", "operation"), TOOLS)
def test_each_tool_is_one_operation(tool: str, args: dict[str, object], operation: tuple[str, ...]) -> None:
    assert operations_of(tool, args) == (operation,)
    short = dict(list(args.items())[:-1])
    assert operations_of(tool, short) == ()


def test_a_tool_that_is_not_of_the_host_is_none() -> None:
    assert operations_of("finish", {}) == ()
    assert operations_of("run", {}) == ()
    assert operations_of("run", {"command": "rm /a"}) == (("remove", "/a"),)


@pytest.mark.parametrize(
    "line",
    [
        "rm /a",
        "/bin/rm /a",
        "sudo rm /a",
        "env X=1 rm /a",
        "nohup rm /a",
        "nice rm /a",
        "exec rm /a",
        "command rm /a",
        "A=b rm /a",
        "sudo env A=b nice /usr/bin/rm /a",
        "sh -c 'rm /a'",
        "bash -c 'rm /a'",
        "dash -c 'rm /a'",
        "sh -c \"bash -c 'rm /a'\"",
        "rm /a # and nothing else",
        "'rm' \"/a\"",
        "  rm   /a  ",
    ],
)
def test_a_line_does_the_same_in_any_dress(line: str) -> None:
    assert read_commands(line) == (("remove", "/a"),)


@pytest.mark.parametrize("sign", [";", "&&", "||", "|", "&", "\n", " ; "])
def test_several_commands_are_read_in_order(sign: str) -> None:
    assert read_commands(f"rm /a{sign}rm /b") == (("remove", "/a"), ("remove", "/b"))


def test_commands_in_commands_end_at_a_depth() -> None:
    assert read_commands("rm /a", 2) == (("remove", "/a"),)
    assert read_commands("rm /a", 3) == ()
    assert read_commands("sh -c 'rm /a'", 2) == ()
    assert read_commands("sh -c 'rm /a'", 1) == (("remove", "/a"),)


def wrapped(line: str, times: int) -> str:
    for _time in range(times):
        line = f"sh -c {shlex.quote(line)}"
    return line


def test_commands_in_commands_are_read_twice_and_not_a_third_time() -> None:
    assert (
        read_commands(wrapped("rm /a", 2))
        == operations_of("run", {"command": wrapped("rm /a", 2)})
        == (("remove", "/a"),)
    )
    assert read_commands(wrapped("rm /a", 3)) == ()


def test_a_word_ends_at_white_space_only() -> None:
    assert read_commands("rm /a:b,c%d") == (("remove", "/a:b,c%d"),)
    assert read_commands("rm /a_b") == (("remove", "/a_b"),)
    assert read_commands("echo a _ b > /f") == (("write", "/f", "a _ b"),)
    assert read_commands("rm /a ;&| rm /b") == (("remove", "/a"), ("remove", "/b"))
    assert read_commands("sh -c") == ()


@pytest.mark.parametrize(
    ("line", "operation"),
    [
        ("echo hello world > /a", ("write", "/a", "hello world")),
        ("printf hello >> /a", ("append", "/a", "hello")),
        ("cat /x > /a", ("write", "/a", "")),
        ("echo one>/a", ("write", "/a", "one")),
    ],
)
def test_what_is_written_into_a_file_is_read(line: str, operation: tuple[str, ...]) -> None:
    assert read_commands(line) == (operation,)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "source", "."])
def test_a_script_that_is_run_is_named(shell: str) -> None:
    assert read_commands(f"{shell} /opt/clean.sh now") == (("script", "/opt/clean.sh"),)
    assert read_commands(shell) == ()


@pytest.mark.parametrize(
    "line", ["", "#", "A=b", "sudo", "frobnicate /a", "rm 'unfinished", "=x rm /a", ">", "echo hello >"]
)
def test_what_nobody_can_read_does_nothing(line: str) -> None:
    assert read_commands(line) == ()


def test_a_line_nobody_can_read_hides_none_after_it() -> None:
    assert read_commands("rm 'unfinished\nrm /a") == (("remove", "/a"),)


@pytest.mark.parametrize(
    ("line", "operations"),
    [
        ("systemctl start u v", [("start", "u"), ("start", "v")]),
        ("systemctl restart u", [("stop", "u"), ("start", "u")]),
        ("systemctl stop u", [("stop", "u")]),
        ("systemctl kill u", [("stop", "u")]),
        ("systemctl enable u", [("enable", "u")]),
        ("systemctl enable --now u", [("enable", "u"), ("start", "u")]),
        ("systemctl disable u", [("disable", "u")]),
        ("systemctl --now disable u", [("disable", "u"), ("stop", "u")]),
        ("systemctl mask u", [("disable", "u"), ("stop", "u")]),
        ("systemctl status u", [("show", "u")]),
        ("systemctl frobnicate u", []),
        ("systemctl", []),
        ("pkill u", [("stop", "u")]),
        ("killall -9 u v", [("stop", "u"), ("stop", "v")]),
        ("rm -rf /a /b", [("remove", "/a"), ("remove", "/b")]),
        ("unlink /a", [("remove", "/a")]),
        ("shred -u /a", [("remove", "/a")]),
        ("truncate -s 0 /a", [("write", "/a", "")]),
        ("cat /a", [("read", "/a")]),
        ("cp /a /b", [("copy", "/a", "/b")]),
        ("cp /a", []),
        ("cp /a /b /c", []),
        ("mv /a /b", [("copy", "/a", "/b"), ("remove", "/a")]),
        ("ln -s /a /b", [("link", "/a", "/b")]),
        ("setopt u one=1 two=2=3 three", [("set", "u", "one", "1"), ("set", "u", "two", "2=3")]),
        ("setopt", []),
        ("usermod -aG root,logs agent", [("add", "agent", "root"), ("add", "agent", "logs")]),
        ("usermod -aG root", []),
        ("adduser agent root", [("add", "agent", "root")]),
        ("deluser agent root", [("drop", "agent", "root")]),
        ("later n 3 rm /a", [("schedule", "n", "3", "rm /a")]),
        ("later n 3", []),
        ("atrm n", [("cancel", "n")]),
        ("check i", [("check", "i")]),
        ("poweroff", [("poweroff",)]),
        ("echo a > /f /g", [("write", "/f", "a")]),
    ],
)
def test_each_command_is_what_it_does(line: str, operations: list[tuple[str, ...]]) -> None:
    assert read_commands(line) == tuple(operations)
