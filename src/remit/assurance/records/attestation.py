"""in-toto statements with the test-result predicate, bare or in a DSSE envelope.

The signatures of an envelope are not verified here, and the record says so: whose word it is has to be known by other
means. The format has no time, so a statement without ``remit.produced_at`` among its predicate's fields is undated.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.bounds import entries, json_object, text_of
from remit.assurance.records.foreign import foreign_record, refuse_verdict, verdict
from remit.assurance.records.moments import moment_of
from remit.assurance.records.subjects import PREFIX, SUBJECT_KEYS, members, stated
from remit.errors import EvidenceError

__all__ = ["STATEMENTS", "read_envelope", "read_statement"]

STATEMENTS = frozenset({"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"})
_PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_PAYLOAD = re.compile(r"application/vnd\.in-toto(\.[a-z0-9-]+)?\+json")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAMED = 10


def read_envelope(document: Mapping[str, Any]) -> Record:
    """The record of the statement in a DSSE envelope (v1.0); the signatures are counted, not verified.

    Raises ``EvidenceError`` for another payload than an in-toto statement and for an envelope without signatures.
    """
    if not _PAYLOAD.fullmatch(str(document.get("payloadType"))[:100]):
        raise EvidenceError("the payload of the envelope is no in-toto statement")
    signatures = entries(document.get("signatures"), "signatures")
    if not signatures or not all(isinstance(item, Mapping) and item.get("sig") for item in signatures):
        raise EvidenceError("the envelope is not signed")
    payload = document.get("payload")
    try:
        data = base64.b64decode(payload.replace("-", "+").replace("_", "/") if isinstance(payload, str) else "!",
                                validate=True)  # fmt: skip
    except (binascii.Error, ValueError):
        raise EvidenceError("the payload of the envelope is no base64") from None
    statement = json_object(data)
    if str(statement.get("_type")) not in STATEMENTS:
        raise EvidenceError("the payload of the envelope is no in-toto statement")
    record = read_statement(statement)
    keys = [text_of(item.get("keyid"), 100) for item in signatures[:_NAMED]]
    said = {"format": "dsse", "signatures": len(signatures), "keyids": keys, "signature": "not verified"}
    return replace(record, details={**record.details, **said})


def read_statement(document: Mapping[str, Any]) -> Record:
    """The record of a statement.

    ``n`` is the number of tests it names, ``k`` of those that passed, with or without a warning. Raises
    ``EvidenceError`` for another predicate than test-result v0.1 and for one that contradicts itself.
    """
    if document.get("predicateType") != _PREDICATE:
        raise EvidenceError("the predicate is not test-result v0.1", hint="only statements of that kind are read")
    predicate = document.get("predicate")
    if not isinstance(predicate, Mapping):
        raise EvidenceError("the statement has no predicate")
    passed, warned, failed = (_names(predicate, key) for key in ("passedTests", "warnedTests", "failedTests"))
    if again := set(failed) & {*passed, *warned}:
        raise EvidenceError(f"the test `{text_of(min(again), 80)}` both passed and failed")
    said = predicate.get("result")
    if said not in ("PASSED", "WARNED", "FAILED"):
        raise EvidenceError("the result is none of PASSED, WARNED and FAILED")
    _demand_configuration(predicate)
    good, count = len(passed) + len(warned), len(passed) + len(warned) + len(failed)
    bad = [f"{len(failed)} of {count} tests failed", *failed[:_NAMED]] if failed else []
    if said == "FAILED" and not failed:
        bad = ["the result is FAILED, and no test is named"]
    subject, torn = _subject(document, predicate)
    return foreign_record(
        form="in-toto", kind="test_result", subject=subject, torn=torn, tool="in-toto test-result",
        run=text_of(predicate.get("url")), made=moment_of(predicate.get("remit.produced_at")),
        found=verdict(bad, [] if count else ["no test is named"],
                      [f"{good} tests passed", *([f"with a warning: {len(warned)}"] if warned else [])]),
        n=count, k=good,
        details={"result": said, "warned": len(warned), "subjects": len(entries(document.get("subject"), "subject")),
                 "signature": "none"},
    )  # fmt: skip


def _demand_configuration(predicate: Mapping[str, Any]) -> None:
    """Refuse a statement without a configuration, which the predicate demands, and the verdict of a safety case."""
    given = [item for item in entries(predicate.get("configuration"), "configuration") if isinstance(item, Mapping)]
    if not given:
        raise EvidenceError("the statement does not say which configuration was tested")
    for item in given:
        marks = {*dict(members(item.get("digest"))), *dict(members(item.get("annotations")))}
        if marks & {"remitArgument", "verdictAsOf"} or str(item.get("uri")).startswith("urn:remit:case:"):
            refuse_verdict()


def _names(predicate: Mapping[str, Any], key: str) -> list[str]:
    """Names of tests."""
    names = entries(predicate.get(key), key)
    if not all(isinstance(name, str) for name in names):
        raise EvidenceError(f"`{key}` holds something that is no name")
    return names


def _subject(document: Mapping[str, Any], predicate: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the statement speaks of: an artifact named like a part of a subject is that part, the only other the image.

    Raises ``EvidenceError`` where an artifact has no digest, which in-toto demands.
    """
    artifacts = entries(document.get("subject"), "subject")
    if not artifacts:
        raise EvidenceError("the statement has no subject")
    named: list[tuple[object, object]] = [*members(predicate)]
    others: list[str] = []
    for item in artifacts:
        digests = item.get("digest") if isinstance(item, Mapping) else None
        if not isinstance(digests, Mapping) or not digests:
            raise EvidenceError("an artifact of the subject has no digest")
        sha256 = digests.get("sha256")
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            others.append("")
        elif item.get("name") in SUBJECT_KEYS:
            named.append((f"{PREFIX}{item['name']}", f"sha256:{sha256}"))
        else:
            others.append(f"sha256:{sha256}")
    if len(set(others)) == 1 and others[0]:
        named.append((f"{PREFIX}image", others[0]))
    return stated(named)
