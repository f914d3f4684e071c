"""Settings of every test of the proxy."""

import pytest
from mcp.client import session

from remit.proxy.http import facing


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer becomes a stream because the machine is slow, and no client takes a slow server for an old one."""
    monkeypatch.setattr(facing, "_STREAM_AFTER", 600.0)
    monkeypatch.setattr(session, "DISCOVER_TIMEOUT_SECONDS", 600.0)
