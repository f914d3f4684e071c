"""What a drill asks of a run's supervisor: with a good key, an expired or made-up one, or from another account."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.drills.trial import Asked
from remit.errors import RemitError
from remit.supervisor.client import ask, key_of
from remit.supervisor.registry import RunFolder

__all__ = ["Desk"]

_LIFE = 0.02  # seconds the key lives that is to expire
_WITHIN = 5.0


@dataclass(slots=True, kw_only=True)
class Desk:
    """What is asked of one run, and what came back."""

    folder: RunFolder
    asked: list[Asked] = field(default_factory=list)
    answers: list[dict[str, object]] = field(default_factory=list)

    def ask(self, request: Mapping[str, object], *, by: str, real: bool = True, timeout: float = _WITHIN) -> bool:
        """Ask and note it; whether it was accepted."""
        began = time.monotonic()
        code, answer = "", {}
        try:
            answer = ask(self.folder, request, timeout=timeout)
        except RemitError as error:
            code = error.code
        self.answers.append(answer)
        self._note(str(request["request"]), by=by, real=real, began=began, accepted=not code, code=code)
        return not code

    def owner(self, **request: object) -> bool:
        """Ask with the owner's key."""
        return self.ask({**request, "key": key_of(self.folder), "by": "owner"}, by="owner")

    def second(self, **request: object) -> bool:
        """Ask with a key of another overseer, issued from the owner's."""
        return self.ask({**request, "key": self._issued("night shift", life=3600.0)}, by="night shift")

    def expired(self, **request: object) -> bool:
        """Ask with a key that was good and is no longer."""
        key = self._issued("former overseer", life=_LIFE)
        time.sleep(_LIFE * 3)
        return self.ask({**request, "key": key, "by": "former overseer"}, by="former overseer", real=False)

    def made_up(self, **request: object) -> bool:
        """Ask with a key nobody issued."""
        return self.ask({**request, "key": secrets.token_hex(32), "by": "owner"}, by="somebody", real=False)

    def other_account(self, **request: object) -> bool:
        """Ask from an account that is neither the owner's nor root's; only root can try that."""
        began, name = time.monotonic(), f"{request['request']} from another account"
        if os.geteuid() != 0:
            self._note(
                name,
                by="nobody",
                real=False,
                began=began,
                accepted=False,
                skipped="only root can become another account",
            )
            return False
        accepted = _as_nobody(self.folder, {**request, "by": "owner"})
        self._note(name, by="nobody", real=False, began=began, accepted=accepted, code="" if accepted else "kernel")
        return accepted

    def _issued(self, by: str, *, life: float) -> str:
        """A key for another overseer; a made-up one where none is issued, so that the request still shows something."""
        with contextlib.suppress(RemitError):
            request = {"request": "issue", "by": by, "life": life, "key": key_of(self.folder)}
            return str(ask(self.folder, request, timeout=_WITHIN).get("key", ""))
        return secrets.token_hex(32)

    def _note(
        self, request: str, *, by: str, real: bool, began: float, accepted: bool, code: str = "", skipped: str = ""
    ) -> None:
        """Keep what was asked."""
        answered = time.monotonic()
        self.asked.append(
            Asked(
                request=request, by=by, real=real, at=began, answered=answered, accepted=accepted, code=code,
                skipped=skipped,
            )
        )  # fmt: skip


_AS_NOBODY = """
import os, socket, sys
os.fchdir(int(sys.argv[1]))
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
line.settimeout(2.0)
line.connect(sys.argv[2])
line.sendall(sys.argv[3].encode() + b"\\n")
sys.exit(0 if b'"ok":true' in line.recv(4096) else 1)
"""
"""A process that gives up being root before it connects; it starts in the run's folder, so only its modes refuse it."""


def _as_nobody(folder: RunFolder, request: Mapping[str, object]) -> bool:
    """Whether a process of another account gets a request accepted; it ends within a few seconds whatever happens."""
    place = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        done = subprocess.run(  # noqa: S603 (this interpreter, with the program above)
            [sys.executable, "-I", "-S", "-c", _AS_NOBODY, str(place), folder.socket.name, json.dumps(dict(request))],
            pass_fds=(place,),
            capture_output=True,
            timeout=_WITHIN * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        os.close(place)
    return done.returncode == 0
