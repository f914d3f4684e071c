"""The MCP servers a charter names: the command that starts one, or the address of one that runs elsewhere."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from remit.errors import CharterSchemaError
from remit.finding import Where

__all__ = ["Server", "parse_server"]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_HINT = "write the command that starts the server, or `https://HOST/PATH` (`http://` on this machine only)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server the agent's tools live on: ``command`` starts it, or ``url`` is where it is (the other is empty)."""

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    where: Where

    @property
    def shown(self) -> str:
        """The server as a charter writes it."""
        return self.url or shlex.join(self.command)


def parse_server(value: object) -> tuple[tuple[str, ...], str]:
    """A command line as words and no address, or no words and an address.

    Raises ``CharterSchemaError`` for an empty or unbalanced command line, and for an address that is not one plain
    ``https://HOST/PATH`` (``http://`` on this machine only) or carries a secret.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 2000 or not value.isprintable():
        raise _bad("bad-form", f"`{_short(value)}` starts no server")
    text = value.strip()
    if "://" in text.split()[0]:
        return (), _address(text)
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise _bad("bad-form", f"`{_short(value)}` is not a command: {str(error).lower()}") from error
    return words, ""


def _address(text: str) -> str:
    """One plain address."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _bad("bad-form", f"`{_short(text)}` is not an address") from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _bad("bad-form", f"`{parts.scheme}://{host}{parts.path}` carries more than a host and a path")
    near = parts.scheme == "http" and host in _LOOPBACK
    if not host or not (parts.scheme == "https" or near) or len(text.split()) != 1:
        raise _bad("not-allowed", f"`{_short(text)}` is not allowed as an address")
    return text


def _bad(name: str, message: str) -> CharterSchemaError:
    """An error of the rule called ``name``."""
    return CharterSchemaError(message, code=f"charter.schema.{name}", hint=_HINT)


def _short(value: object) -> str:
    """A value short enough for a message, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"
