"""A server started as a child process, read with bounds and ended with certainty.

The child gets a process group of its own. Whatever it does (exit at once, say nothing, talk without end), reading is
bounded in line length and total size, and leaving the context ends the whole group.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from remit.errors import RemitError

__all__ = ["LONGEST_LINE", "MOST_OUTPUT", "ServerProcess", "started"]

LONGEST_LINE = 8 * 1024 * 1024
MOST_OUTPUT = 32 * 1024 * 1024
_STDERR_KEPT = 8 * 1024
_POLITE_SECONDS = 1.0
_FIRM_SECONDS = 1.0


class ServerProcess:
    """A running server: its lines, its standard input, and the tail of what it said on standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Wrap a process that was started with three pipes and a session of its own."""
        self._process = process
        self._complaints = bytearray()
        self.overflow = ""

    @property
    def exit_status(self) -> int | None:
        """The exit status, ``None`` while it runs; a negative number is the signal that ended it."""
        return self._process.returncode

    @property
    def complaints(self) -> str:
        """The last 8 KiB it wrote to standard error."""
        return self._complaints.decode("utf-8", "replace")

    async def lines(self) -> AsyncIterator[bytes]:
        """Each line of standard output, until it ends or exceeds a bound (then ``overflow`` says which)."""
        stdout = self._process.stdout
        total = 0
        while stdout is not None:
            try:
                line = await stdout.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                if end.partial:
                    yield end.partial
                return
            except asyncio.LimitOverrunError:
                self.overflow = f"a message longer than {LONGEST_LINE // 1024 // 1024} MiB"
                return
            total += len(line)
            if total > MOST_OUTPUT:
                self.overflow = f"more than {MOST_OUTPUT // 1024 // 1024} MiB"
                return
            yield line

    async def write(self, data: bytes) -> None:
        """Send bytes to standard input. Raises ``OSError`` when the server no longer reads."""
        if self._process.stdin is not None:
            self._process.stdin.write(data)
            await self._process.stdin.drain()

    async def listen_to_complaints(self) -> None:
        """Keep the tail of standard error until it ends."""
        while self._process.stderr is not None and (chunk := await self._process.stderr.read(4096)):
            self._complaints += chunk
            del self._complaints[:-_STDERR_KEPT]

    async def end(self) -> None:
        """Close its input, wait a second, then end the whole group: politely, then for certain."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        await self._gone_within(_POLITE_SECONDS)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)
            await self._gone_within(_FIRM_SECONDS)

    async def _gone_within(self, seconds: float) -> None:
        """Wait until no process of the group is left, at most so long."""
        clock = asyncio.get_running_loop()
        until = clock.time() + seconds
        while clock.time() < until and self._group_lives():  # noqa: ASYNC110 (a process group announces nothing)
            await asyncio.sleep(0.01)

    def _group_lives(self) -> bool:
        """Whether a process of the group is left; a permission error proves nothing and counts as yes."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


@asynccontextmanager
async def started(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[ServerProcess]:
    """Start ``command`` (no shell) with exactly ``environment``; its whole process group is ended on leaving.

    Raises ``RemitError`` (code ``init.server.not-started``) when there is no such command or it cannot be run.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environment),
            limit=LONGEST_LINE,
            start_new_session=True,
        )
    except (OSError, ValueError) as problem:
        reason = "there is no such command" if isinstance(problem, FileNotFoundError) else str(problem)
        raise RemitError(
            f"`{command[0]}` cannot be started: {reason}",
            code="init.server.not-started",
            hint="give the command as you would type it in a terminal, and check that it is installed",
        ) from problem
    server = ServerProcess(process)
    listening = asyncio.create_task(server.listen_to_complaints())
    try:
        yield server
    finally:
        await asyncio.shield(server.end())
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()
