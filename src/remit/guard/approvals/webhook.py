"""Telling an overseer elsewhere that a question waits: a signed POST out, a signed answer back.

Out goes one request per question to the address configured for the overseer, with the exact bytes, the digest and the
time it expires, signed with a secret the receiver has too. Nothing in what the receiver returns is an answer: an answer
is signed with the overseer's own key (``Answer.document``) and comes in through the loopback door (``door``) or
`remit approve`. A message that does not arrive changes nothing: the question waits, and expires.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from remit.charter.model import Charter
from remit.clock import Clock, SystemClock
from remit.digest import canonical_json
from remit.errors import ApprovalRefusedError
from remit.guard.approvals.legible import notes
from remit.guard.approvals.request import Request

if TYPE_CHECKING:
    import http.client

__all__ = ["CHANNEL", "SIGNATURE", "Delivery", "Webhook", "Webhooks", "is_signed", "message", "signature"]

SIGNATURE = "Remit-Signature"
"""The header: ``t=SECONDS,v1=HEX``, HMAC-SHA-256 over ``SECONDS.BODY``."""
CHANNEL = "webhook"
"""What a charter calls this way in an overseer's ``channels``."""

_TOLERANCE = 300.0
_LONGEST_ANSWER = 4096
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Whether a message was taken: the status of the answer (0: there was none), and why it was not."""

    delivered: bool
    status: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where an overseer's questions are sent, and the secret they are signed with.

    ``url`` is https, or http to this machine. It follows no redirect and believes nothing it is told.
    """

    url: str
    secret: str

    def __post_init__(self) -> None:
        """Refuse an address that would send the question in the clear, and a secret that can be guessed."""
        parts = urlsplit(self.url)
        if not parts.hostname or parts.scheme not in ("http", "https") or parts.username or parts.fragment:
            raise _refused(f"`{self.url:.80}` is no address for a webhook", "write https://HOST/PATH")
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise _refused(f"`{self.url:.80}` would send the call in the clear", "use https")
        if len(self.secret) < 16:
            raise _refused("the secret of the webhook is too short", "at least 16 signs")

    @classmethod
    def read(cls, path: Path) -> Webhook | None:
        """What a file (``{"url": ..., "secret": ...}``, mode 0600) says, ``None`` where there is none.

        Raises ``ApprovalRefusedError`` for a file that others can read or that says something else.
        """
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
                raise _refused(f"`{path}` can be read by others", "chmod 600")
            said = json.loads(path.read_bytes())
            return cls(url=str(said["url"]), secret=str(said["secret"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise _refused(f"`{path}` is no webhook", 'write {"url": "https://...", "secret": "..."}') from None

    def write(self, path: Path) -> None:
        """Keep it in a file of its own, readable by its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(canonical_json({"url": self.url, "secret": self.secret}) + b"\n")

    def send(self, request: Request, *, now: float, timeout: float = 5.0) -> Delivery:
        """POST a question; never raises for what the network or the receiver does.

        ``now`` is in seconds since 1970 and is what is signed; ``timeout`` bounds each wait for the network.
        """
        import http.client  # here, because a guard that has nobody to tell starts faster without it

        body = canonical_json(message(request))
        headers = {"Content-Type": "application/json", SIGNATURE: signature(self.secret, body, now)}
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection = self._connection(timeout)
            try:
                connection.request("POST", target, body=body, headers=headers)
                answer = connection.getresponse()
                answer.read(_LONGEST_ANSWER)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return Delivery(delivered=False, reason=str(reason).lower()[:200])
        delivered = 200 <= answer.status < 300
        return Delivery(
            delivered=delivered, status=answer.status, reason="" if delivered else f"status {answer.status}"
        )

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        """A connection to the address; https verifies the certificate and the name."""
        import http.client
        import ssl

        parts = urlsplit(self.url)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=timeout, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Everybody of a charter who hears of questions by webhook; ``Guard`` tells them of each question.

    ``names`` are the overseers with the channel ``webhook``; each is set up in ``folder/NAME.webhook``.
    """

    names: frozenset[str]
    folder: Path
    clock: Clock

    @classmethod
    def of(cls, charter: Charter, folder: Path, *, clock: Clock | None = None) -> Webhooks:
        """Those a charter names; what is set up for them is read when they are told of something."""
        names = frozenset(name for name, person in charter.overseers.items() if CHANNEL in person.channels)
        return cls(names=names, folder=folder, clock=clock or SystemClock())

    def asked(self, request: Request) -> Mapping[str, Delivery]:
        """Tell each of them who is asked; what became of it, by name. One that does not arrive changes nothing."""
        return {name: self._told(name, request) for name in request.overseers if name in self.names}

    def _told(self, name: str, request: Request) -> Delivery:
        """Tell one of them."""
        try:
            hook = Webhook.read(self.folder / f"{name}.webhook")
        except ApprovalRefusedError as error:
            return Delivery(delivered=False, reason=error.message)
        if hook is None:
            return Delivery(delivered=False, reason=f"none is set up (remit approve --enrol {name})")
        return hook.send(request, now=self.clock.now().timestamp())


def message(request: Request) -> Mapping[str, object]:
    """What is sent: everything an overseer must see, with the exact bytes as text."""
    return {
        "kind": "remit.question/1",
        "request": request.id,
        "digest": request.digest,
        "run": request.run,
        "agent": request.agent,
        "principal": request.principal,
        "tool": request.tool,
        "shown": request.shown.decode("utf-8"),
        "notes": list(notes(request.shown)),
        "charter": request.charter,
        "effects": list(request.effects),
        "because": list(request.because),
        "overseers": list(request.overseers),
        "asked": request.asked_at.isoformat(),
        "expires": request.expires_at.isoformat(),
    }


def signature(secret: str, body: bytes, now: float) -> str:
    """The value of the header for a body sent at a moment."""
    moment = str(int(now))
    code = hmac.new(secret.encode("utf-8"), moment.encode("ascii") + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={code}"


def is_signed(secret: str, body: bytes, header: str, now: float) -> bool:
    """Whether a body carries the header of somebody who knows the secret, made within five minutes of now."""
    found = _HEADER.fullmatch(header)
    if found is None or abs(int(found[1]) - now) > _TOLERANCE:
        return False
    return hmac.compare_digest(signature(secret, body, int(found[1])), header)


def _refused(message: str, hint: str) -> ApprovalRefusedError:
    """The error of a webhook that cannot be used."""
    return ApprovalRefusedError(message, code="guard.approval-refused.webhook", hint=hint)
