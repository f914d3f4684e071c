"""What can be wrong with a charter as a document: one rule per fault, with a stable code.

The rules here are about form (``REMIT-S...``); what is risky although well formed is the business of ``lint``. A fault
is found as a ``Finding``; ``error_from`` turns a list of them into the one exception a caller has to catch.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from remit.errors import CharterConflictError, CharterError, CharterSchemaError, CharterSyntaxError
from remit.finding import Finding, Severity, Where

__all__ = ["SCHEMA_RULES", "SchemaRule", "error_from", "fault", "listed", "nearest", "rule_named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRule:
    """A way in which a charter is not a charter.

    ``code`` is what reports and SARIF show (``REMIT-S005``); ``name`` is the tail of the exception's code
    (``charter.syntax.duplicate-key``). ``raises`` is the class of that exception.
    """

    code: str
    name: str
    title: str
    help: str
    raises: type[CharterError]


def _table(*rows: tuple[str, str, str, str, type[CharterError]]) -> Mapping[str, SchemaRule]:
    """The rules by code, in order."""
    return MappingProxyType(
        {
            code: SchemaRule(code=code, name=name, title=title, help=text, raises=raises)
            for code, name, title, text, raises in rows
        }
    )


SCHEMA_RULES: Mapping[str, SchemaRule] = _table(
    (
        "REMIT-S001", "unreadable", "The charter cannot be opened",
        "Check the path and the permissions of the file; `remit init` writes a first charter.", CharterSyntaxError,
    ),
    (
        "REMIT-S002", "too-large", "The charter is larger than 1 MiB",
        "A charter is a page or two; keep data out of it.", CharterSyntaxError,
    ),
    (
        "REMIT-S003", "not-text", "The charter is not UTF-8 text",
        "Save the file as UTF-8 without control characters.", CharterSyntaxError,
    ),
    (
        "REMIT-S004", "not-yaml", "The charter is not YAML",
        "Indent with spaces, put a space after each colon and quote texts that hold a special character.",
        CharterSyntaxError,
    ),
    (
        "REMIT-S005", "duplicate-key", "A key is written twice",
        "Only one of the two could count: merge them or delete one.", CharterSyntaxError,
    ),
    (
        "REMIT-S006", "many-documents", "The file holds more than one document",
        "A charter is one document: delete the `---` line and what follows, or split the file.", CharterSyntaxError,
    ),
    (
        "REMIT-S007", "not-a-mapping", "The charter is empty or not a mapping",
        "Start with `remit: 1`, `agent:` and `purpose:`; `remit init` writes a first charter.", CharterSyntaxError,
    ),
    (
        "REMIT-S008", "too-deep", "The charter is nested too deep",
        "No part of a charter needs more than a handful of levels.", CharterSyntaxError,
    ),
    (
        "REMIT-S009", "too-many-values", "The charter expands to too many values",
        "Aliases are written out before reading; a charter may hold 50,000 values and 2 MiB of text.",
        CharterSyntaxError,
    ),
    (
        "REMIT-S010", "bad-alias", "An alias has no value to stand for",
        "An alias may only repeat an anchor that was closed above it.", CharterSyntaxError,
    ),
    (
        "REMIT-S011", "tag", "A YAML tag is used",
        "Charters hold plain values: delete the tag.", CharterSyntaxError,
    ),
    (
        "REMIT-S012", "merge-key", "A merge key `<<` is used",
        "What is granted must be readable where it is granted: write the keys out, or alias a whole value.",
        CharterSyntaxError,
    ),
    (
        "REMIT-S013", "bad-key", "A key is not text", "Keys are plain words; quote a number used as a name.",
        CharterSyntaxError,
    ),
    (
        "REMIT-S014", "bad-number", "A number is not finite or too large to be exact",
        "Numbers lie between -2^53 and 2^53; quote digits that are a name.", CharterSyntaxError,
    ),
    (
        "REMIT-S020", "version", "The charter's version is missing or unknown",
        "Write `remit: 1` as the first line.", CharterSchemaError,
    ),
    (
        "REMIT-S021", "unknown-key", "A key is not part of the charter's schema",
        "Unknown keys are refused, because a mistyped limit would silently not hold.", CharterSchemaError,
    ),
    ("REMIT-S022", "missing-key", "A required key is missing", "Add the key.", CharterSchemaError),
    (
        "REMIT-S023", "wrong-type", "A value has the wrong type", "Write the kind of value asked for.",
        CharterSchemaError,
    ),
    ("REMIT-S024", "not-allowed", "A value is not one of the allowed ones", "Choose one of them.", CharterSchemaError),
    ("REMIT-S025", "out-of-range", "A number is out of range", "Stay inside the range.", CharterSchemaError),
    (
        "REMIT-S026", "bad-quantity", "An amount cannot be read or has the wrong unit",
        "Amounts are written `20 EUR/day`, `500/run`, `2h`, `2GiB`, a plain number, or `unlimited`.",
        CharterSchemaError,
    ),
    (
        "REMIT-S027", "unknown-effect", "An effect or fact is not in the vocabulary",
        "The vocabulary is closed; only `cap`, `info`, `credential`, `schedule` and `out` take any name.",
        CharterSchemaError,
    ),
    (
        "REMIT-S028", "unknown-kind", "A tool kind is unknown",
        "Leave `kind` out to let the tool's name tell it, or name one of the kinds.", CharterSchemaError,
    ),
    (
        "REMIT-S029", "bad-outcome", "An outcome condition cannot be read",
        "Write `out.NAME`, `out.NAME >= N` with N from 1 to 9, or `not out.NAME`, joined by `and`.",
        CharterSchemaError,
    ),
    (
        "REMIT-S030", "bad-condition", "A `when:` condition cannot be compiled",
        "Conditions are CEL over `call`, `budget` and `session`.", CharterSchemaError,
    ),
    (
        "REMIT-S031", "bad-form", "A text does not have the form its key needs", "Follow the form in the message.",
        CharterSchemaError,
    ),
    (
        "REMIT-S032", "unknown-context", "A context fact is unknown",
        "Context facts are a closed list; `remit schema` shows them.", CharterSchemaError,
    ),
    (
        "REMIT-S033", "says-nothing", "An entry says nothing", "Say what the entry is about, or delete it.",
        CharterSchemaError,
    ),
    (
        "REMIT-S040", "unknown-name", "A name is used but not declared",
        "Declare it, or use a declared name.", CharterConflictError,
    ),
    (
        "REMIT-S041", "contradiction", "Two parts of the charter cannot both hold", "Change one of them.",
        CharterConflictError,
    ),
    (
        "REMIT-S042", "declared-twice", "A name is declared twice", "Rename or delete one.", CharterConflictError,
    ),
)  # fmt: skip

LONGEST_MESSAGE = 300

_BY_NAME = {rule.name: rule for rule in SCHEMA_RULES.values()}
_PREFIX = {CharterSyntaxError: "charter.syntax", CharterSchemaError: "charter.schema"}


def rule_named(name: str) -> SchemaRule:
    """The rule with a name (``duplicate-key``) or an exception code ending in one."""
    return _BY_NAME[name.rpartition(".")[2]]


def fault(name: str, where: Where, message: str, hint: str = "") -> Finding:
    """A finding of the rule called ``name``; the rule's help is the hint when there is no better one."""
    rule = _BY_NAME[name]
    advice = hint or rule.help[:1].lower() + rule.help[1:].removesuffix(".")
    line = " ".join(message.split())
    line = line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
    return Finding(code=rule.code, severity=Severity.ERROR, where=where, message=line, hint=advice)


def error_from(findings: Iterable[Finding]) -> CharterError:
    """The exception for faults found: it speaks of the first and carries all of them in ``findings``."""
    ordered = tuple(sorted(findings, key=lambda finding: (*finding.key, finding.message)))
    first = ordered[0]
    rule = SCHEMA_RULES[first.code]
    prefix = _PREFIX.get(rule.raises, "charter.conflict")
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    error = rule.raises(first.message + more, code=f"{prefix}.{rule.name}", hint=first.hint, where=first.where)
    error.findings = ordered
    return error


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The closest of the known names, or ``None`` when nothing is close."""
    names = list(known)
    exact = [candidate for candidate in names if candidate.casefold() == name.casefold()]
    close = exact or difflib.get_close_matches(name, names, n=1, cutoff=0.55)
    return close[0] if close else None


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """Names in backticks, separated by commas; the tail of a long list is counted instead of shown."""
    shown = [f"`{name}`" for name in names]
    rest = len(shown) - most
    return ", ".join(shown[:most]) + (f" and {rest} more" if rest > 0 else "")
