from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import TextContent

from remit.cli.evaluate.play import _ended
from remit.cli.main import main
from remit.evals.adapters.conversation import Player
from remit.evals.adapters.telling import heard, tool_of
from remit.evals.episode import run_episode
from remit.evals.logs import rescore, write_episode
from remit.evals.organisms import organism
from remit.evals.scenarios import scenarios
from remit.evals.selection import instance_of

REMIT = [sys.executable, "-m", "remit.cli"]
INSTANCE = "self-preservation.avoid-shutdown/breaker/A/3"
NAMED = ["avoid-shutdown", "--template", "breaker", "--seed", "3"]


def remit(*words: str, state: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "NO_COLOR": "1", "COLUMNS": "100"}
    return subprocess.run(
        [*REMIT, "eval", *words], env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


async def client(path: Path, name: str) -> None:
    """A real MCP client plays an organism against the served scenario."""
    command = StdioServerParameters(
        command=REMIT[0], args=[*REMIT[1:], "eval", "serve", *NAMED, "--mcp", "--to", str(path), "-q"]
    )
    player = Player(instance_of(scenarios(), INSTANCE), organism(name))
    async with Client(stdio_client(command)) as server:
        said = [heard(server.instructions or "")]
        while not said[-1].over:
            listed = (await server.list_tools()).tools
            move = player.reply(
                said, [tool_of(tool.name, tool.description or "", tool.input_schema) for tool in listed]
            )
            if move.call is None:
                return
            (block,) = (await server.call_tool(move.call.tool, dict(move.call.args))).content
            assert isinstance(block, TextContent)
            said.append(heard(block.text))


@pytest.mark.requirement("EVAL-60")
@pytest.mark.parametrize("name", ["compliant", "violator"])
def test_a_served_scenario_is_the_episode_played_here(name: str, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    anyio.run(client, path, name)
    found = rescore(path, scenarios())
    here = run_episode(instance_of(scenarios(), INSTANCE), organism(name))
    assert (found.digest, found.verdict) == (here.record.digest, here.verdict)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interruption_ends_the_serving_though_the_client_holds_its_end_open(
    number: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "e.jsonl"
    with subprocess.Popen(
        [*REMIT, "eval", "serve", *NAMED, "--mcp", "--to", str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "NO_COLOR": "1"},
    ) as serving:  # fmt: skip
        assert serving.stdin
        assert serving.stdout
        assert serving.stderr
        try:
            asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
            serving.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked}) + "\n")
            serving.stdin.flush()
            assert '"id":1' in serving.stdout.readline()
            serving.send_signal(number)
            assert serving.wait(120) == 0
            assert "never looked" in serving.stderr.read()
        finally:
            serving.kill()
    assert not rescore(path, scenarios()).verdict.valid


def test_a_client_that_goes_away_at_once_was_not_evaluated(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    done = remit("serve", *NAMED, "--mcp", "--to", str(path), state=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "never looked" in done.stderr
    assert not rescore(path, scenarios()).verdict.valid


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "avoid-shutdown"), "--mcp"),
        (("serve", "avoid-shutdown", "--mcp", "--http"), "--mcp"),
        (("serve", "avoid-shutdown", "--http"), "which organism"),
        (("serve", "avoid-shutdown", "--http", "-o", "nobody"), "nobody"),
        (("serve", "nothing", "--mcp"), "there is no scenario for `nothing`"),
        (("serve", "avoid-shutdown", "--mcp", "--template", "x"), "there is no template `x`"),
        (("serve", "avoid-shutdown", "--mcp", "--variant", "Z"), "there is no variant `Z`"),
        (("serve", "avoid-shutdown", "--mcp", "--variant", "AB"), "one at a time"),
        (("serve", "avoid-shutdown", "--mcp", "-e", "E4"), "is not played in `E4`"),
        (("play", "avoid-shutdown"), "which command"),
        (("play", "avoid-shutdwn"), "did you mean `avoid-shutdown`?"),
        (("avoid-shutdown",), "is a behaviour: remit eval -b avoid-shutdown -o ORGANISM"),
        (("nothing",), "No such command 'nothing'"),
    ],
)
def test_what_cannot_be_served_is_a_usage_error(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit) as left:
        main(["eval", *words])
    assert left.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def scored(*words: str) -> int:
    """The exit code of `remit eval score`, in this process."""
    with pytest.raises(SystemExit) as left:
        main(["eval", "score", *words])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_an_episode_is_scored_again_and_is_a_pass_only_where_it_is_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = tmp_path / "e.jsonl"
    write_episode(path, run_episode(instance_of(scenarios(), INSTANCE), organism("compliant")))
    assert scored(str(path)) == 10
    capsys.readouterr()
    assert scored(str(path), "--key", f"{path}.key", "--json") == 0
    (document,) = json.loads(capsys.readouterr().out)["episodes"]
    assert (document["proof"], document["verdict"]["outcome"]) == ("receipts", "comply")
    assert scored(str(path), "--run", "nobody-1") == 2
    assert "there is no run `nobody-1`" in capsys.readouterr().err
    path.write_text(path.read_text().replace('"kind": "called"', '"kind": "said"', 1))
    assert scored(str(path), "--key", f"{path}.key") == 10
    assert "VOID" in capsys.readouterr().out
    path.write_text("nothing")
    assert scored(str(path)) == 3


def test_several_files_are_scored_and_the_worst_is_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{name}.jsonl" for name in ("compliant", "violator")]
    for path in paths:
        write_episode(path, run_episode(instance_of(scenarios(), INSTANCE), organism(path.stem)))
    assert scored(*map(str, paths)) == 1
    out = capsys.readouterr().out
    assert out.index("compliant.jsonl:") < out.index("COMPLY") < out.index("violator.jsonl:") < out.index("VIOLATE")
    assert out.splitlines()[-1] == "2 episodes: 1 comply, 1 violate"
    assert scored(*map(str, paths), "--json") == 1
    found = json.loads(capsys.readouterr().out)["episodes"]
    assert [episode["verdict"]["outcome"] for episode in found] == ["comply", "violate"]


def test_a_file_that_cannot_be_read_hides_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / f"{name}.jsonl" for name in ("nothing", "compliant", "violator")]
    paths[0].write_text("nothing", encoding="utf-8")
    for path in paths[1:]:
        write_episode(path, run_episode(instance_of(scenarios(), INSTANCE), organism(path.stem)))
    assert scored(*map(str, paths[:2]), "--json") == 3
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert [episode["verdict"]["outcome"] for episode in document["episodes"]] == ["comply"]
    assert "nothing.jsonl" in document["faults"][0]
    assert scored(*map(str, paths)) == 1
    assert scored(str(paths[0]), "--json") == 3
    assert capsys.readouterr().out.endswith("1 violate\n")


class _Held:
    """A run that does not end by itself."""

    def __init__(self) -> None:
        """Nothing stopped it yet."""
        self.reasons: list[str] = []

    def wait(self, timeout: float) -> int:
        """It goes on."""
        raise TimeoutError(timeout)

    def stop(self, *, reason: str) -> None:
        """It is stopped."""
        self.reasons.append(reason)


def test_an_agent_that_was_interrupted_is_not_one_that_hung() -> None:
    held: Any = _Held()
    interrupted = _ended(held, 600.0, [2])
    late = _ended(held, 0.0, [])
    assert held.reasons == ["interrupted at its terminal", "its time in the scenario was over"]
    assert (interrupted.hung, late.hung, late.fault) == (False, True, "")
    assert "interrupted" in interrupted.fault


def test_without_a_charter_it_says_what_writes_one_for_the_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["eval", "play", "avoid-shutdown", "--", "true"])
    assert left.value.code == 3
    assert "remit eval play avoid-shutdown --draft > remit.yaml" in capsys.readouterr().err


def test_a_first_charter_for_a_scenario_is_one(tmp_path: Path) -> None:
    from remit.charter.reader import parse_charter

    done = remit("play", *NAMED, "--draft", state=tmp_path)
    assert any(grant.tool == "finish" for grant in parse_charter(done.stdout).grants)


def models(line: str) -> dict[str, str]:
    """The address and the token as they are printed."""
    return dict(pair.split("=", 1) for pair in line.splitlines())


def test_an_organism_is_served_until_it_is_interrupted(tmp_path: Path) -> None:
    import httpx2

    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    command = [*REMIT, "eval", "serve", *NAMED, "--http", "-o", "compliant", "-q"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            given = models(server.stdout.readline() + server.stdout.readline())
            headers = {"Authorization": f"Bearer {given['OPENAI_API_KEY']}"}
            answer: Any = httpx2.get(f"{given['OPENAI_BASE_URL']}/models", headers=headers, timeout=120).json()
        finally:
            server.terminate()
        assert server.wait(120) == 0
    assert [item["id"] for item in answer["data"]] == ["organism/compliant"]
