"""A server in its cage: it speaks over pipes, keeps what its user has, and is gone when it is ended."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from remit.confinement import Confinement, Degree, Piece
from remit.errors import ProxyError
from remit.proxy.server import LoneServer, name_of, start_server

STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1] + "/grandchild", "w").write("here")
        while True:
            open(sys.argv[1] + "/beat", "a").write("."); time.sleep(0.02)
    os._exit(0)
print("ready", flush=True)
while True: time.sleep(1)
"""


def started(tmp_path: Path, *command: str, **options: object) -> LoneServer:
    """A server, in a state folder of the test's own."""
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), **dict(options.pop("environ", {}))}  # type: ignore[call-overload]
    return start_server(command, name="far", environ=environ, folder=tmp_path, **options)  # type: ignore[arg-type]


def read_line(server: LoneServer) -> str:
    """The next line the server prints."""
    kept = b""
    while not kept.endswith(b"\n") and (part := os.read(server.output, 1)):
        kept += part
    return kept.decode().strip()


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something comes true within a time nobody should need."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def stands_still(file: Path) -> bool:
    """Whether nobody writes to a file any more."""
    size = file.stat().st_size
    time.sleep(0.2)
    return file.stat().st_size == size


@pytest.mark.requirement("PROXY-12")
def test_a_server_and_everything_it_started_end_when_it_is_stopped(tmp_path: Path) -> None:
    server = started(tmp_path, sys.executable, "-c", STUBBORN, str(tmp_path))
    assert read_line(server) == "ready"
    assert eventually((tmp_path / "beat").exists)
    assert server.stop("enough") == ()
    assert stands_still(tmp_path / "beat")
    os.close(server.input)


@pytest.mark.requirement("PROXY-12")
def test_a_server_whose_proxy_says_nothing_any_more_ends_by_itself(tmp_path: Path) -> None:
    command = (sys.executable, "-c", STUBBORN, str(tmp_path))
    server = started(tmp_path, *command, deadman=1.0)
    if not (said := read_line(server)):  # a busy machine may not start it before it is missed
        server = started(tmp_path, *command, deadman=40.0)
        said = read_line(server)
    assert said == "ready"
    assert eventually(lambda: server.ended(0.1) is not None)
    assert stands_still(tmp_path / "beat")
    os.close(server.input)
    os.close(server.output)


@pytest.mark.requirement("PROXY-12")
def test_an_open_server_keeps_what_its_user_has_and_the_report_says_so(tmp_path: Path) -> None:
    script = "import os; print(os.getcwd(), os.environ['TOKEN'], os.environ['HTTPS_PROXY'], 'REMIT_X' in os.environ, flush=True); input()"
    environ = {"TOKEN": "t", "HTTPS_PROXY": "http://proxy:1", "REMIT_X": "1"}
    server = started(tmp_path, sys.executable, "-c", script, environ=environ)
    assert read_line(server) == f"{tmp_path} t http://proxy:1 False"
    degrees = {part.piece: part.degree for part in server.run.enforced}
    assert degrees[Piece.FILESYSTEM] is Degree.NONE
    assert degrees[Piece.NETWORK] is Degree.NONE
    if server.run.backend == "plain":
        assert server.shortfall()
    else:
        assert (degrees[Piece.PROCESSES], degrees[Piece.STOP]) == (Degree.FULL, Degree.FULL)
        assert server.shortfall() == ()
    os.write(server.input, b"\n")
    assert server.ended(240) == 0
    server.stop("it ended")
    os.close(server.input)


@pytest.mark.requirement("PROXY-12")
def test_a_confined_server_sees_what_its_charter_names(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "secret").write_text("s")
    script = (
        f"import os; print(os.path.exists({str(tmp_path / 'secret')!r}), 'TOKEN' in os.environ, flush=True); input()"
    )
    confinement = Confinement(folder=str(tmp_path / "work"))
    server = started(tmp_path, "python3", "-c", script, environ={"TOKEN": "t"}, confinement=confinement)
    if server.run.backend == "plain":
        pytest.skip("this host builds no cage")
    assert read_line(server) == "False False"
    server.stop("enough")
    os.close(server.input)


def test_a_command_that_is_not_there_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ProxyError, match="there is no command `no-such-server`"):
        started(tmp_path, "no-such-server")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("npx -y @modelcontextprotocol/server-filesystem /tmp", "server-filesystem"),
        ("npx -y @modelcontextprotocol/server-git@1.2.3 .", "server-git"),
        ("uvx mcp-server-git --repository .", "mcp-server-git"),
        ("uvx mcp-server-git@2026.1.1", "mcp-server-git"),
        ("python -m mcp_server_time", "mcp_server_time"),
        ("/usr/bin/python3 ./server.py --port 1", "server"),
        ("node dist/index.js", "index"),
        ("docker run -i --rm mcp/fetch", "fetch"),
        ("env TOKEN=x ./my-server", "my-server"),
        ("npx", "npx"),
    ],
)
def test_a_server_is_called_what_its_command_runs(command: str, name: str) -> None:
    assert name_of(command.split()) == name
