"""Lines in and out of whatever a client or a server hands over: pipes, sockets, files."""

import fcntl
import os
import socket
from pathlib import Path

import anyio
import pytest

from remit.errors import FrameError, ProxyError
from remit.proxy.pipes import Sink, Source


def lines_of(descriptor: int, longest: int = 100) -> list[bytes | str]:
    """Everything a source gives; an error as its code."""

    async def main() -> list[bytes | str]:
        source = Source(descriptor=descriptor, longest=longest)
        return [line if isinstance(line, bytes) else line.code async for line in source.lines()]

    return anyio.run(main)


def written(sink: Sink, *lines: bytes) -> None:
    """Write lines."""

    async def main() -> None:
        with anyio.fail_after(240):
            for line in lines:
                await sink.write(line)

    anyio.run(main)


def test_a_file_is_read_to_its_end_blank_lines_left_out(tmp_path: Path) -> None:
    (tmp_path / "session.jsonl").write_bytes(b"one\n\n  \ntwo\r\nthree")
    with (tmp_path / "session.jsonl").open("rb") as file:
        assert lines_of(file.fileno()) == [b"one", b"two\r", b"three"]


@pytest.mark.requirement("PROXY-11")
@pytest.mark.parametrize("size", [101, 1_000_000])
def test_a_line_that_is_too_long_is_skipped_and_said_and_the_next_is_read(tmp_path: Path, size: int) -> None:
    (tmp_path / "long").write_bytes(b"a\n" + b"x" * size + b"\nb\n" + b"y" * size)
    with (tmp_path / "long").open("rb") as file:
        found = lines_of(file.fileno())
    assert found == [b"a", "proxy.frame.long", b"b", "proxy.frame.long"]
    assert FrameError.code == "proxy.frame"


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_written_arrives_and_closing_is_the_end(kind: str) -> None:
    here, there = os.pipe() if kind == "pipe" else tuple(end.detach() for end in socket.socketpair())
    sink = Sink(descriptor=there, name="server")
    written(sink, b"one", b"two")
    sink.close()
    sink.close()
    assert lines_of(here) == [b"one", b"two"]
    with pytest.raises(ProxyError, match="the server is gone"):
        written(sink, b"three")
    os.close(here)


def test_a_pipe_that_others_hold_open_keeps_its_flags() -> None:
    here, there = os.pipe()
    before = fcntl.fcntl(there, fcntl.F_GETFL)
    sink = Sink(descriptor=there, name="client")
    assert fcntl.fcntl(there, fcntl.F_GETFL) == before
    sink.close()
    os.close(here)


@pytest.mark.requirement("PROXY-11")
def test_a_reader_that_went_away_is_an_error_and_no_signal() -> None:
    here, there = os.pipe()
    sink = Sink(descriptor=there, name="client")
    os.close(here)
    with pytest.raises(ProxyError, match="the client is gone"):
        written(sink, b"one")
    sink.close()


@pytest.mark.requirement("PROXY-11")
def test_a_line_of_which_half_was_written_is_the_last_one() -> None:
    here, there = os.pipe()
    sink = Sink(descriptor=there, name="server", patience=0.05)
    with pytest.raises(ProxyError, match="has read nothing for"):
        written(sink, b"x" * 1_000_000)
    os.read(here, 65536)
    with pytest.raises(ProxyError, match="is gone"):
        written(sink, b"two")
    sink.close()
    os.close(here)
