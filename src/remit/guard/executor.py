"""Tools in a process of their own: the agent's process holds no way to them but a question to the guard.

Three processes. The *agent* holds a ``Stub`` (``remit.guard.stub``). The *owner* holds the guard and answers the stub.
The *executor* holds the functions; the owner starts it, over a socket pair nobody else has, and it runs nothing but
what comes with the digest of its own bytes, under an intent that was not used before.

    executor = Executor.start("office.tools:TOOLS")
    receipt = await guard.perform_by(Call(tool="refunds.issue", args={"amount": 80}), executor)
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

import anyio
from anyio import to_thread

from remit.errors import RefusedError, RemitError
from remit.guard.calls.clearing import Cleared
from remit.guard.calls.making import LOST, NOT_RUN
from remit.guard.wire import receive, send

__all__ = ["Executor"]


class Executor:
    """The owner's end: it sends cleared calls, one at a time, and waits for what comes back.

    A call that is cut short, by a stop, a deadline or whoever made it, is cut short in earnest: the process is killed.
    The next call starts a new one.
    """

    def __init__(self, command: Sequence[str], *, environ: Mapping[str, str] | None, folder: str | None) -> None:
        """Take what starts it; ``Executor.start`` is the way in."""
        self._command = tuple(command)
        self._environ = environ
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._lock = threading.Lock()

    @classmethod
    def start(cls, target: str, *, environ: Mapping[str, str] | None = None, folder: str | None = None) -> Executor:
        """Start a process that offers the functions of ``target``: ``package.module:NAME``, a mapping of tool names.

        ``environ`` is its environment (this process's unless given): what a tool needs to know and the agent must not.
        ``folder`` is where it runs. Raises ``RemitError`` where it does not come up.
        """
        executor = cls((sys.executable, "-m", "remit.guard.executing", target), environ=environ, folder=folder)
        with executor._lock:
            executor._ensure()
        return executor

    async def __call__(self, cleared: Cleared) -> object:
        """Run a cleared call and return its value; what ``guard.perform_by`` calls."""
        try:
            return await to_thread.run_sync(self.run, cleared, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            self.kill()
            raise

    def run(self, cleared: Cleared) -> object:
        """Run a cleared call in plain code.

        Raises ``RemitError`` (``remit.error.tool``) with what the function raised, ``RefusedError`` where the executor
        refused to run it or was gone before it came back.
        """
        frozen = cleared.frozen
        message = {"written": frozen.written.decode("utf-8"), "digest": frozen.digest, "intent": cleared.intent}
        with self._lock:
            channel = self._ensure()
            try:
                send(channel, message)
                answer = receive(channel)
            except OSError:
                answer = None
            if answer is None:
                self._end()
        if answer is None:
            raise RefusedError("the executor was gone before the call came back", code=LOST, hint="look what it did")
        if "refused" in answer:
            raise RefusedError(str(answer["refused"]), code=NOT_RUN, hint="it was not run")
        if "failed" in answer:
            raise RemitError(str(answer["failed"]), code="remit.error.tool")
        return answer.get("value")

    @property
    def pid(self) -> int | None:
        """The number of its process, ``None`` while there is none."""
        process = self._process
        return None if process is None else process.pid

    def kill(self) -> None:
        """Kill the process and whatever it started in its session; a call that waits for it is lost."""
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process."""
        self.kill()
        with self._lock:
            self._end()

    def _ensure(self) -> socket.socket:
        """The channel to a process that is there."""
        if self._channel is not None and self._process is not None and self._process.poll() is None:
            return self._channel
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the owner says what is started
                (*self._command, str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=2,  # what a tool prints must not get into a protocol on standard output
                env=None if self._environ is None else dict(self._environ),
                cwd=self._folder,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._channel = ours
        hello = receive(ours)
        if hello is None or hello.get("ready") is not True:
            self._end()
            reason = "it ended" if hello is None else str(hello.get("failed"))
            raise RemitError(
                f"the executor did not come up: {reason}",
                code="remit.error.executor",
                hint="name its functions as `package.module:NAME`, a mapping from tool names",
            )
        return ours

    def _end(self) -> None:
        """Give the channel and the process back."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self.kill()
            self._process.wait()
        self._channel = self._process = None
