"""An incident in the forms others ask for: Markdown, OECD, EU AI Act, general-purpose AI, threat exchange.

Nothing is sent anywhere. What a record does not know a form says as ``unknown``.
"""

from __future__ import annotations

from remit.assurance.incidents.exports.forms import FORMATS, export_text

__all__ = ["FORMATS", "export_text"]
