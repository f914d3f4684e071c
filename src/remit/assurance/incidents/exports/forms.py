"""The forms by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from remit.assurance.incidents.deriving import derive
from remit.assurance.incidents.exports.ai_act import article_73_report, gpai_report
from remit.assurance.incidents.exports.markdown import incident_markdown
from remit.assurance.incidents.exports.oecd import oecd_report
from remit.assurance.incidents.exports.stix import stix_bundle
from remit.assurance.incidents.incident import Incident

__all__ = ["DOCUMENTS", "FORMATS", "export_text"]

Form: TypeAlias = Callable[..., Mapping[str, Any]]
DOCUMENTS: Mapping[str, Form] = {
    "oecd": oecd_report,
    "eu-art73": article_73_report,
    "gpai": gpai_report,
    "stix": stix_bundle,
}
"""The forms that are JSON documents; spec/exports has the schema of each."""
FORMATS: tuple[str, ...] = ("markdown", *DOCUMENTS)
"""Every form by name."""
_IN_PAGES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def export_text(incident: Incident, form: str) -> str:
    """The record in a form of ``FORMATS``, as text; raises ``KeyError`` for any other.

    JSON spells ``<``, ``>`` and ``&`` as numbers, so that it stays data where somebody puts it into a page.
    """
    derived = derive(incident)
    if form == "markdown":
        return incident_markdown(incident, derived)
    document = json.dumps(DOCUMENTS[form](incident, derived), indent=2, ensure_ascii=False, allow_nan=False)
    return document.translate(_IN_PAGES) + "\n"
