"""A real PostgreSQL server, shared by the tests of one process, and an empty database for each test that asks."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.ledger.cluster import Cluster, obstacle, running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server for the whole session; without one the tests that need it are skipped, in the automatic check they fail."""
    reason = obstacle()
    if reason:
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    with running() as cluster:
        yield cluster


@pytest.fixture
def dsn(cluster: Cluster) -> str:
    """A database nobody used yet, as its owner reaches it."""
    return cluster.dsn(cluster.new_database())
