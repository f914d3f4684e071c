"""An overseer's answer: a statement of a few facts, signed with the overseer's key.

The statement names the question, the digest of what was asked, who answers and when, so that it can be sent over any
wire, kept in the ledger and verified there with the public key alone. It is good for one question and one digest.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.digest import canonical_json
from remit.errors import ApprovalRefusedError

__all__ = ["Answer", "read_answer", "unreadable"]

LARGEST = 16 * 1024
_KIND = "remit.answer/1"
_FIELDS = frozenset({"agree", "at", "by", "digest", "kind", "looked", "request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A yes or a no to one question.

    ``request`` is the question's id and ``digest`` what it is bound to; ``looked`` is how many seconds the exact bytes
    were on the screen, 0 where nobody measured. ``signature`` is over ``statement()``; ``key`` is the fingerprint of
    the key it was verified with, empty before.
    """

    request: str
    digest: str
    by: str
    agree: bool
    at: datetime
    looked: float = 0.0
    signature: bytes = b""
    key: str = ""

    def statement(self) -> bytes:
        """The canonical JSON that is signed."""
        return canonical_json(
            {
                "agree": self.agree,
                "at": self.at.isoformat(),
                "by": self.by,
                "digest": self.digest,
                "kind": _KIND,
                "looked": round(self.looked, 3),
                "request": self.request,
            }
        )

    def document(self) -> bytes:
        """The answer as it is sent: ``{"signature": base64, "statement": text}``."""
        signature = b64encode(self.signature).decode("ascii")
        return canonical_json({"signature": signature, "statement": self.statement().decode("utf-8")})

    def facts(self) -> Mapping[str, object]:
        """What the ledger keeps of it: enough to verify the signature again."""
        signature = b64encode(self.signature).decode("ascii")
        statement = self.statement().decode("utf-8")
        return {"by": self.by, "agree": self.agree, "key": self.key, "signature": signature, "statement": statement}


def read_answer(document: bytes) -> Answer:
    """Read what ``Answer.document`` wrote; raises ``ApprovalRefusedError`` for anything else, by as much as a byte."""
    try:
        if len(document) > LARGEST:
            raise unreadable()
        parts = json.loads(document)
        statement = json.loads(parts["statement"])
        answer = _answer(statement, b64decode(parts["signature"], validate=True))
        exact = answer.document() == document
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise unreadable() from None
    if not exact:
        raise unreadable()
    return answer


def _answer(statement: Mapping[str, object], signature: bytes) -> Answer:
    """The answer a statement makes; raises ``ValueError`` for one that is none."""
    texts = [statement[name] for name in ("request", "digest", "by", "at", "kind")]
    looked, agree = statement["looked"], statement["agree"]
    plain = all(isinstance(text, str) for text in texts) and isinstance(agree, bool)
    if statement.keys() != _FIELDS or statement["kind"] != _KIND or not plain or not isinstance(looked, int | float):
        raise ValueError
    request, digest, by, at, _ = map(str, texts)
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None or not 0 <= looked < 1e9:
        raise ValueError
    return Answer(
        request=request, digest=digest, by=by, agree=agree is True, at=moment, looked=float(looked), signature=signature
    )


def unreadable() -> ApprovalRefusedError:
    """The error of an answer that is none."""
    return ApprovalRefusedError(
        "this is not a signed answer to a question",
        code="guard.approval-refused.unreadable",
        hint="answers are made by `remit approve`",
    )
