"""The supervisor's parts, each alone: keys, lines, the mailbox, the registry, the record, orders and receipts."""

import json
import os
import platform
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.confinement import Confinement, Degree, Enforced, Piece, Requirement, Secret, missing_of
from remit.errors import SupervisorError
from remit.supervisor.keys import Keys
from remit.supervisor.mailbox import Mailbox
from remit.supervisor.orders import Orders
from remit.supervisor.protocol import LONGEST_LINE, Lines, at_socket, encode
from remit.supervisor.registry import RunFolder, find_run, new_run, runs
from remit.supervisor.report import Rung, RungTaken, StopReport, Survivor, Verdict
from remit.supervisor.residue.comparison import Attribution, Residue
from remit.supervisor.running import supervise


def test_a_key_names_its_holder_and_is_good_until_it_expires() -> None:
    now = [100.0]
    keys = Keys(clock=lambda: now[0])
    owner, ops = keys.issue("owner"), keys.issue("ops", life=5.0)
    assert keys.holder(ops) == "ops"
    now[0] = 105.1
    assert keys.holder(owner) == "owner"
    with pytest.raises(SupervisorError, match="the key of `ops` has expired"):
        keys.holder(ops)


@pytest.mark.parametrize("made_up", [None, 0, "", "0" * 64, b"bytes", ["list"], "\ud800"])
def test_whatever_is_no_key_opens_nothing(made_up: object) -> None:
    keys = Keys(clock=lambda: 0.0)
    keys.issue("owner")
    with pytest.raises(SupervisorError) as refused:
        keys.holder(made_up)
    assert refused.value.code == "supervisor.unauthorised"


@given(st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9)), max_size=5), st.data())
def test_lines_come_out_whole_however_they_are_cut(messages: list[dict[str, object]], data: st.DataObject) -> None:
    stream = b"".join(encode(message) for message in messages)
    lines, out = Lines(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        out += list(lines.feed(stream[:cut]))
        stream = stream[cut:]
    assert out == messages


@pytest.mark.parametrize("line", [b"[]\n", b"nonsense\n", b"1\n", b"[" * 100_000 + b"\n", b"x" * (LONGEST_LINE + 2)])
def test_a_line_that_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(SupervisorError) as refused:
        list(Lines().feed(line))
    assert refused.value.code == "supervisor.protocol"


def test_a_socket_can_lie_deeper_than_its_address_is_long(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / ("longer" * 20)
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        with at_socket(folder / "control.sock") as address:
            listener.bind(address)
            listener.listen(1)
        with at_socket(folder / "control.sock") as address:
            caller.connect(address)
    assert (folder / "control.sock").is_socket()


def mailbox(folder: Path) -> Mailbox:
    """A mailbox below a folder."""
    (folder / "inbox").mkdir()
    (folder / "outbox").mkdir()
    return Mailbox(folder=folder)


def test_an_acknowledgement_is_told_once(tmp_path: Path) -> None:
    box = mailbox(tmp_path)
    number = box.send("correct", "slower", by="ops", at="now")
    assert box.waiting
    assert json.loads((tmp_path / "inbox/0001.json").read_text())["text"] == "slower"
    (tmp_path / "outbox/ack-0001.json").write_text('{"number": 1}')
    assert box.acknowledged() == ((number, {"number": 1}),)
    assert box.acknowledged() == ()
    assert not box.waiting


@pytest.mark.parametrize(
    "claim",
    [
        "not json",
        "[]",
        '{"n": NaN}',
        '{"n": 1e999}',
        '{"a":' * 20 + "1" + "}" * 20,
        '{"a":' * 5000,
        '{"x": "' + "y" * 70_000 + '"}',
        "",
    ],
    ids=["text", "list", "nan", "infinite", "deep", "deeper", "large", "empty"],
)
def test_a_claim_nobody_can_record_is_not_read(tmp_path: Path, claim: str) -> None:
    box = mailbox(tmp_path)
    (tmp_path / "outbox/handoff.json").write_text(claim)
    assert box.claim("handoff.json") is None


def test_a_link_a_pipe_a_folder_and_a_device_are_not_read(tmp_path: Path) -> None:
    box = mailbox(tmp_path)
    (tmp_path / "secret").write_text('{"secret": 1}')
    out = tmp_path / "outbox"
    (out / "link.json").symlink_to(tmp_path / "secret")
    os.mkfifo(out / "pipe.json")
    (out / "folder.json").mkdir()
    (out / "zero.json").symlink_to("/dev/zero")
    assert [box.claim(name) for name in ("link.json", "pipe.json", "folder.json", "zero.json", "none.json")] == [
        None
    ] * 5
    moved = tmp_path / "elsewhere"
    out.rename(moved)
    out.symlink_to(moved)
    (moved / "handoff.json").write_text("{}")
    assert box.claim("handoff.json") is None, "the outbox itself may have become a link"


def test_the_folder_of_a_run_is_closed_to_others_and_found_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    folders = [new_run("Support Desk!", environ) for _ in range(2)]
    for folder in folders:
        assert folder.run.startswith("support-desk-")
        folder.make()
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        folder.write_state({"run": folder.run})
        assert stat.S_IMODE(folder.state_file.stat().st_mode) == 0o600
        assert folder.read_state() == {"run": folder.run}
    assert {folder.run for folder in runs(environ)} == {folder.run for folder in folders}
    assert find_run(folders[0].run, environ) == folders[0]
    with pytest.raises(SupervisorError, match="more than one run starts with `support`"):
        find_run("support", environ)
    with pytest.raises(SupervisorError, match="there is no run ``"):
        find_run("", environ)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SupervisorError, match="cannot be made") as refused:
        RunFolder(run="a", path=tmp_path / "file/runs/a").make()
    assert "XDG_STATE_HOME" in refused.value.hint


def test_orders_cross_a_pipe_unchanged() -> None:
    orders = Orders(
        run="a-1",
        path="/s/a-1",
        command=("python", "agent.py"),
        confinement=Confinement(
            folder="/w",
            write=("/w",),
            hosts=("example.org",),
            secrets=(Secret(name="api", source="env:API", host="example.org", life=3600.0),),
            variables=(("MODE", "test"),),
            memory=1 << 30,
            wall=60.0,
        ),
        requirement=Requirement.BEST_EFFORT,
        secrets={"api": "value"},
    )
    assert Orders.decode(orders.encode()) == orders


def test_a_receipt_reads_back_and_only_dead_is_dead() -> None:
    report = StopReport(
        run="a",
        verdict=Verdict.SURVIVORS,
        rung=Rung.KILL,
        took=0.5,
        rungs=(RungTaken(rung=Rung.KILL, began=0.0, ended=0.1, outcome="issued"),),
        survivors=(Survivor(pid=7, command="sleep 9"),),
        proof=("one",),
        residue=(Residue(kind="cron", what="/etc/cron.d/x", detail="new", attribution=Attribution.SURE),),
    )
    assert StopReport.of(json.loads(json.dumps(report.document()))) == report
    assert not report.dead
    for broken in ({}, {**report.document(), "verdict": "fine"}, {**report.document(), "rungs": 3}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            StopReport.of(broken)


def test_sizes_and_times_are_requested_only_where_they_are_set_and_what_nobody_reported_is_missing() -> None:
    plain = Confinement(folder="/w")
    assert Piece.MEMORY not in plain.requested
    assert Piece.CREDENTIALS not in plain.requested
    assert Piece.HOLD in plain.requested
    sized = Confinement(folder="/w", memory=1, deadman=1.0)
    assert {Piece.MEMORY, Piece.DEADMAN} <= set(sized.requested)
    given = [Enforced(piece=Piece.MEMORY, degree=Degree.FULL), Enforced(piece=Piece.HOLD, degree=Degree.PARTIAL)]
    missing = missing_of((Piece.MEMORY, Piece.HOLD, Piece.STOP), given)
    assert [(outcome.piece, outcome.degree) for outcome in missing] == [
        (Piece.HOLD, Degree.PARTIAL),
        (Piece.STOP, Degree.NONE),
    ]


@pytest.mark.parametrize("require", ["full", "best-effort"])
def test_where_there_is_no_linux_nothing_is_started(
    require: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(SupervisorError, match="on Linux only, and this is `Darwin`") as refused:
        supervise(
            ["/bin/sh", "-c", f"touch {tmp_path}/canary"],
            confinement=Confinement(folder=str(tmp_path), write=(str(tmp_path),)),
            require=require,
            environ={"XDG_STATE_HOME": str(tmp_path / "state")},
        )
    assert refused.value.code == "supervisor.platform"
    assert "virtual machine" in refused.value.hint
    assert list(tmp_path.iterdir()) == []
