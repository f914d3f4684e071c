"""Incidents: what happened, by whose account, and what the table says of it."""

from __future__ import annotations

__all__: list[str] = []
