"""The companion of a run: which server comes up, what a correction does, and what it refuses to be started with."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest

from remit.charter.reader import parse_charter
from remit.confinement import Confinement
from remit.errors import DeniedError, ProxyError, SupervisorError
from remit.guard.call import Call
from remit.guard.guard import Guard
from remit.ledger.store import Ledger
from remit.proxy.companion import corrected, remote_of, tried
from remit.proxy.http.arranging import Served
from remit.proxy.serving import Setting
from remit.supervisor.accompanying import Attachment

WIDE = """\
remit: 1
agent: {name: clerk}
purpose: {text: answer the tickets of the day; done when none is left}
grants: [{tool: read, effects: []}, {tool: write, effects: []}]
"""
NARROW = WIDE.replace(", {tool: write, effects: []}", "")
ANSWERS = 'import sys\nfor line in sys.stdin: print(\'{"jsonrpc":"2.0","id":1,"result":{}}\', flush=True)'


def guard_at(folder: Path, ledger: Ledger) -> Guard:
    """A guard under the wide charter."""
    return Guard(parse_charter(WIDE), ledger=ledger, cwd=str(folder))


async def can(guard: Guard, tool: str) -> bool:
    """Whether a call of a tool is made."""
    try:
        await guard.perform(Call(tool=tool), lambda _args: None)
    except DeniedError:
        return False
    return True


@pytest.mark.requirement("RUN-05")
def test_a_correction_narrows_every_guard_and_a_wider_one_changes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def play() -> None:
        with Ledger.open(tmp_path / "ledger.db") as ledger:
            async with guard_at(tmp_path, ledger) as one, guard_at(tmp_path, ledger) as two:
                assert await can(one, "write")
                assert await corrected([one, two], NARROW, by="me") == ""
                assert [await can(guard, "write") for guard in (one, two)] == [False, False]
                assert [await can(guard, "read") for guard in (one, two)] == [True, True]
                assert "it widens the charter" in await corrected([one, two], WIDE, by="me")
                assert "agent" in await corrected([one, two], "remit: 1", by="me"), "it is no charter"
                assert [await can(guard, "write") for guard in (one, two)] == [False, False]
                assert [await can(guard, "read") for guard in (one, two)] == [True, True]
                one.session.hold()
                assert await corrected([one, two], NARROW, by="me") == ""
                assert (one.session.phase, two.session.phase) == ("held", "held"), "who is held stays held"

    anyio.run(play)


def comes_up(folder: Path, code: str, within: float = 240.0) -> str:
    """What is said of a server that runs this code."""
    with Ledger.open(folder / "ledger.db") as ledger:
        setting = Setting(
            charter=parse_charter(WIDE),
            ledger=ledger,
            server="desk",
            say=lambda _line: None,
            folder=folder,
            confinement=Confinement(folder=str(folder)),
        )
        served = Served(setting=setting, command=(sys.executable, "-c", code))
        return anyio.run(tried, "desk", served, within)


@pytest.mark.requirement("RUN-06")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (ANSWERS, ""),
        ("raise SystemExit(3)", "the server `desk` ended before it answered"),
        ("print('{ no json', flush=True); input()", "the server `desk` says what is no message of the protocol"),
        ("import time; time.sleep(30)", "the server `desk` did not answer within 1 s"),
    ],
)
def test_a_server_comes_up_when_it_answers_and_only_then(
    code: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    said = comes_up(tmp_path, code, within=1.0 if "sleep" in code else 240.0)
    assert said.startswith(says)
    assert bool(said) is bool(says)


def far(**changes: object) -> dict[str, object]:
    """A server at an address, with one secret."""
    secret = {"name": "crm", "source": "env:CRM_TOKEN", "host": "crm.example", "life": 60.0, **changes}
    return {"name": "crm", "url": "https://crm.example/mcp", "secrets": [secret]}


def test_a_server_at_an_address_is_greeted_with_its_own_secret_until_that_expires(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRM_TOKEN", "long-enough")
    remote = remote_of(far())
    assert remote.headers == {"Authorization": "Bearer long-enough"}
    assert remote.until is not None
    assert remote_of(far(life=None)).until is None
    assert "long-enough" not in repr(remote)


@pytest.mark.parametrize("host", ["", "other.example"])
def test_a_secret_for_another_host_does_not_go_to_a_server(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "long-enough")
    with pytest.raises(ProxyError, match="not for the host of the server `crm`"):
        remote_of(far(host=host))


def test_a_process_that_was_not_started_for_a_run_accompanies_none() -> None:
    with pytest.raises(SupervisorError, match="not started as the companion"):
        Attachment.open({})
