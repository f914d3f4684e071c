"""A remote server: where it is, what the proxy may say to it, and what of that an agent never sees."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from remit.errors import ProxyError
from remit.proxy.http.doorkeeper import is_loopback

__all__ = ["Remote", "client_for", "scrubbed"]

_HIDDEN = b"[held by remit]"
_SHORTEST_SECRET = 8  # shorter ones would be found in innocent text
_UNUSED = 2.0  # seconds; many servers (Node's, uvicorn's) close after five, and a call that meets the end is lost
_OWN = frozenset(
    "host content-length transfer-encoding connection accept accept-encoding content-type cookie last-event-id".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A server over HTTP.

    ``headers`` are what the proxy authenticates with; they go to this server only and are never shown. ``plain`` lets
    them, and everything else, travel without TLS to another machine. ``trusted`` is a file of certificates to trust in
    place of the system's. ``patience`` is how long the server may be silent, in seconds. ``until`` is when ``headers``
    are no longer good, on the clock that goes on while the machine sleeps (``CLOCK_BOOTTIME``), ``None`` for never.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    plain: bool = False
    trusted: str = ""
    patience: float = 600.0
    until: float | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port, to show."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def demand(self) -> None:
        """Raise ``ProxyError`` unless this is a place the proxy goes to."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
            raise ProxyError(f"`{self.origin}` is no address of a server", code="proxy.error.url", hint="https://...")
        if parts.username is not None or parts.password is not None:
            raise ProxyError(
                "an address with a password in it is not used", code="proxy.error.url", hint="give it as a header"
            )
        if parts.scheme == "http" and not self.plain and not is_loopback(parts.hostname):
            raise ProxyError(
                f"`{self.origin}` is not encrypted",
                code="proxy.error.url",
                hint="use https, or allow it with `--plain-upstream`",
            )
        for name in self.headers:
            if name.lower() in _OWN or name.lower().startswith("mcp-"):
                raise ProxyError(f"the header `{name}` is the proxy's own", code="proxy.error.header")


def client_for(remote: Remote) -> httpx2.AsyncClient:
    """An HTTP client that goes to one server: no redirects, TLS verified, nothing read from the environment.

    Raises ``ProxyError`` when the certificates to trust cannot be read.
    """
    remote.demand()
    try:
        context = ssl.create_default_context(cafile=remote.trusted or None)
    except (OSError, ssl.SSLError) as error:
        message = f"the certificates in `{remote.trusted}` cannot be read"
        raise ProxyError(message, code="proxy.error.certificates") from error

    async def in_time(_request: httpx2.Request) -> None:
        if remote.until is not None and time.clock_gettime(time.CLOCK_BOOTTIME) >= remote.until:
            raise httpx2.ConnectError(f"the credential for {remote.origin} has expired")

    return httpx2.AsyncClient(
        event_hooks={"request": [in_time]},
        headers={**remote.headers, "accept-encoding": "identity", "user-agent": "remit"},
        verify=context,
        follow_redirects=False,
        trust_env=False,
        timeout=httpx2.Timeout(30.0, connect=10.0, read=remote.patience),
        limits=httpx2.Limits(max_connections=128, max_keepalive_connections=16, keepalive_expiry=_UNUSED),
    )


def scrubbed(data: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """A server's message without the secrets the proxy sent it: a careless server must not hand them to an agent."""
    for _, value in headers:
        for secret in {value, value.rpartition(" ")[2]}:
            if len(secret) >= _SHORTEST_SECRET:
                data = data.replace(secret.encode(), _HIDDEN)
    return data
