"""``remit init`` as somebody types it, against real servers and files."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from remit.charter.importers.offered import pin_of
from remit.charter.lint import lint
from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_charter
from remit.cli.main import main
from remit.finding import Severity

TESTS = Path(__file__).resolve().parents[1]
HOSTILE = TESTS / "charter" / "importers" / "hostile_server.py"
SAMPLES = TESTS / "charter" / "importers" / "samples"
FILESYSTEM = TESTS / "servers" / "node_modules" / ".bin" / "mcp-server-filesystem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in an empty folder, in this process: starting Python fifty times tests Python."""
    for name in [name for name in os.environ if name.startswith(("REMIT_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["init", *arguments])
        printed = capsys.readouterr()
        return Done(returncode=int(left.value.code or 0), stdout=printed.out, stderr=printed.err)

    return command


def python(module: str, *arguments: str) -> str:
    return " ".join([sys.executable, "-m", module, *arguments])


def charter_of(command: str, run: Run) -> Charter:
    done = run("--mcp", command)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return read_charter("remit.yaml")


def errors_in(charter: Charter) -> list[str]:
    """Every error but the one a draft is meant to have: its purpose is left to a person."""
    found = [one for one in lint(charter) if one.severity is Severity.ERROR]
    assert "REMIT-C007" in {one.code for one in found}
    return [str(one) for one in found if one.code != "REMIT-C007"]


@pytest.mark.requirement("INIT-01")
def test_the_git_server_gives_a_charter_that_reads(run: Run, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "repository")], check=True)
    charter = charter_of(python("mcp_server_git", "--repository", str(tmp_path / "repository")), run)
    grants = {grant.tool: grant for grant in charter.grants}
    assert {"git_status", "git_commit", "git_reset", "git_log"} <= set(grants)
    assert {grant.kind for grant in charter.grants} == {"git"}
    assert all(grant.pinned for grant in charter.grants)
    assert all(grant.args["repo_path"].under == ("./work",) for grant in charter.grants)
    assert grants["git_status"].ask == ()
    assert grants["git_commit"].ask == grants["git_reset"].ask == ("owner",)
    assert "out.done" in grants["git_commit"].effects
    assert "data.destroy" in grants["git_reset"].effects
    assert errors_in(charter) == []


@pytest.mark.requirement("INIT-01")
def test_the_fetch_server_gives_a_charter_that_names_the_open_network(run: Run) -> None:
    charter = charter_of(python("mcp_server_fetch"), run)
    assert [(grant.tool, grant.kind) for grant in charter.grants] == [("fetch", "http")]
    assert charter.runtime.hosts is None
    assert "add url: {domain: [...]}" in charter.source
    assert errors_in(charter) == []


@pytest.mark.requirement("INIT-01")
def test_the_time_server_gives_a_charter_without_network_or_files(run: Run) -> None:
    charter = charter_of(python("mcp_server_time"), run)
    assert {grant.kind for grant in charter.grants} == {"clock"}
    assert not any(grant.ask for grant in charter.grants)
    assert (charter.runtime.hosts, charter.runtime.write) == ((), ())
    assert errors_in(charter) == []


@pytest.mark.requirement("INIT-01")
def test_the_filesystem_server_gives_a_charter_that_reads(run: Run, tmp_path: Path) -> None:
    if not FILESYSTEM.exists():
        assert not os.environ.get("CI"), "the npm server is not installed, and CI installs it"
        pytest.skip("the npm server is not installed: run `npm ci` in tests/servers")
    charter = charter_of(f"{FILESYSTEM} {tmp_path}", run)
    grants = {grant.tool: grant for grant in charter.grants}
    assert {grant.kind for grant in charter.grants} == {"files"}
    assert grants["read_text_file"].ask == ()
    assert grants["write_file"].ask == grants["move_file"].ask == ("owner",)
    assert set(grants["move_file"].args) == {"source", "destination"}
    assert grants["list_directory_with_sizes"].args["sortBy"].one_of == ("name", "size")
    assert "out.done" in grants["write_file"].effects
    assert errors_in(charter) == []


@pytest.mark.slow
def test_the_same_server_gives_the_same_bytes(run: Run) -> None:
    command = python("mcp_server_time")
    first = run("--mcp", command, "--output", "-")
    assert first.stdout == run("--mcp", command, "--output", "-").stdout
    assert parse_charter(first.stdout).grants


def test_a_bare_init_writes_the_default_profile(run: Run, tmp_path: Path) -> None:
    done = run()
    assert done.returncode == 0
    assert "next: replace the text under `purpose`" in done.stderr
    assert read_charter(tmp_path / "remit.yaml").agent.name == "bounded-tool-agent"


def test_a_profile_and_a_name_can_be_chosen(run: Run, tmp_path: Path) -> None:
    done = run("--template", "coding-agent", "--name", "fixer", "--output", "agent.yaml")
    assert done.returncode == 0
    assert read_charter(tmp_path / "agent.yaml").agent.name == "fixer"


def test_a_file_that_is_there_is_left_alone_without_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "remit.yaml").write_text("precious")
    refused = run()
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (tmp_path / "remit.yaml").read_text() == "precious"
    assert run("--force").returncode == 0
    assert (tmp_path / "remit.yaml").read_text() != "precious"


def test_a_link_that_leads_nowhere_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "remit.yaml").symlink_to(tmp_path / "elsewhere")
    assert run().returncode == 2
    assert not (tmp_path / "elsewhere").exists()


def test_the_charter_can_be_printed(run: Run, tmp_path: Path) -> None:
    done = run("--output", "-")
    assert done.returncode == 0
    assert done.stdout.startswith("# yaml-language-server: $schema=./remit.schema.json\n")
    assert list(tmp_path.iterdir()) == []


def test_json_says_what_was_written(run: Run, tmp_path: Path) -> None:
    done = run("--mcp", python("mcp_server_time"), "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    charter = read_charter(tmp_path / "remit.yaml")
    assert document["schema"] == "remit.init/1"
    assert document["path"] == "remit.yaml"
    assert document["digest"] == charter.digest
    assert document["not_translated"] == []
    assert [grant["tool"] for grant in document["grants"]] == [grant.tool for grant in charter.grants]
    assert document["grants"][0]["origin"] == "from the MCP server `mcp-time`"
    assert document["grants"][0]["pinned"] == charter.grants[0].pinned


@pytest.mark.parametrize(
    ("option", "sample"),
    [
        ("--claude", "shop/.claude/settings.json"),
        ("--inspect", "approval.yaml"),
        ("--python", "support_agents.py.txt"),
        ("--iam", "deploy_role.json"),
    ],
)
def test_every_kind_of_file_can_be_named(option: str, sample: str, run: Run, tmp_path: Path) -> None:
    done = run(option, str(SAMPLES / sample))
    assert done.returncode == 0, done.stderr
    assert "were not translated" in done.stderr
    assert read_charter(tmp_path / "remit.yaml").grants


@pytest.mark.slow
def test_several_sources_make_one_charter(run: Run, tmp_path: Path) -> None:
    done = run(
        *("--iam", str(SAMPLES / "deploy_role.json"), "--inspect", str(SAMPLES / "approval.yaml")),
        *("--mcp", python("mcp_server_time"), "--mcp", python("mcp_server_fetch"), "--name", "all"),
    )
    assert done.returncode == 0, done.stderr
    charter = read_charter(tmp_path / "remit.yaml")
    assert charter.agent.name == "all"
    assert {"aws.s3", "python", "convert_time", "fetch"} <= {grant.tool for grant in charter.grants}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--template", "robot"),
        ("--template", "coding-agent", "--iam", "x.json"),
        ("--output", "-", "--json"),
        ("--name", "not a name"),
        ("--mcp", ""),
        ("--mcp", "python 'unclosed"),
        ("--mcp", "python x.py", "--env", "REMIT_SURELY_NOT_SET"),
        ("--no-such-option",),
    ],
)
def test_a_usage_error_exits_with_two_and_writes_nothing(arguments: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--claude", "--inspect", "--python", "--iam"])
def test_a_source_that_cannot_be_read_exits_with_three(option: str, run: Run, tmp_path: Path) -> None:
    source = tmp_path / "source"
    missing = run(option, str(source))
    source.write_bytes(b"ok\n\xff\xfe")
    garbled = run(option, str(source))
    assert (missing.returncode, garbled.returncode) == (3, 3)
    assert "cannot be opened: no such file or directory" in missing.stderr
    assert "source:2:1: the byte 0xff is not UTF-8" in garbled.stderr
    assert not (tmp_path / "remit.yaml").exists()


@pytest.mark.requirement("INIT-04")
@pytest.mark.parametrize("fault", ["exit", "garbage", "none", pytest.param("hang", marks=pytest.mark.slow)])
def test_a_server_that_fails_exits_with_four_and_writes_nothing(fault: str, run: Run, tmp_path: Path) -> None:
    within = "240" if fault == "exit" else "2"  # which ends by itself, however slowly it starts
    done = run("--mcp", f"{sys.executable} {HOSTILE} {fault}", "--timeout", within)
    assert done.returncode == 4
    assert done.stderr.startswith("starting `")
    assert "error: " in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert ("cannot find my configuration" in done.stderr) == (fault == "exit")
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_does_not_exist_exits_with_four(run: Run) -> None:
    done = run("--mcp", "remit-no-such-command --x")
    assert done.returncode == 4
    assert "`remit-no-such-command` cannot be started: there is no such command" in done.stderr


def test_a_file_that_cannot_be_written_exits_with_four(run: Run) -> None:
    done = run("--output", "no/such/folder/remit.yaml")
    assert done.returncode == 4
    assert "cannot be written" in done.stderr


def test_the_pin_is_the_digest_of_name_description_and_schema() -> None:
    schema = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "number"}}}
    pin = pin_of("x", "says", schema)
    assert pin == pin_of(
        "x", "says", {"properties": {"a": {"type": "number"}, "b": {"type": "string"}}, "type": "object"}
    )
    assert pin is not None
    assert (
        len(
            {
                pin,
                pin_of("y", "says", schema),
                pin_of("x", "", schema),
                pin_of("x", None, schema),
                pin_of("x", "says", {}),
            }
        )
        == 5
    )


def test_the_command_line_starts_without_the_protocol_library() -> None:
    script = "import sys, remit.cli.charter.init, remit.charter.importers.mcp; sys.exit(int('mcp' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_installed_command_does_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from remit.cli.main import main; main()", "init", "--template", "multi-agent"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert read_charter(tmp_path / "remit.yaml").agent.name == "multi-agent"
