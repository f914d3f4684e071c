"""Settings of every test of the proxy."""

import pytest

from remit.proxy.http import facing


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer becomes a stream because the machine is slow; a test that wants one says so."""
    monkeypatch.setattr(facing, "_STREAM_AFTER", 600.0)
