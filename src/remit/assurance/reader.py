"""Read a safety case: bytes to text to plain values to the case, with the place of everything that is wrong."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from remit.assurance.building import build_case, ids_used_twice
from remit.assurance.case import Case
from remit.assurance.explaining import explain
from remit.assurance.ordinary import read_text
from remit.assurance.rules import case_error, case_fault
from remit.assurance.schema import validate
from remit.charter.faults import SCHEMA_RULES
from remit.charter.positions import Bounds
from remit.charter.reader import read_document
from remit.errors import CaseError, CharterError
from remit.finding import Finding, Where

__all__ = ["FILE_NAME", "find_case", "parse_case", "read_case", "read_values"]

FILE_NAME = "case.yaml"
LARGEST = 4 * 1024 * 1024  # bytes of a case
_BOUNDS = Bounds(size=LARGEST, values=200_000, text=8 * 1024 * 1024)


def read_case(path: str | Path) -> Case:
    """Read and check the form of a case file; raises ``CaseError`` with everything found in ``findings``."""
    return parse_case(read_text(Path(path), most=LARGEST, refused=_refused), path=str(path))


def parse_case(text: str, *, path: str = FILE_NAME) -> Case:
    """Read a case from text; ``path`` is the file name shown in places, and what paths in it are relative to.

    The same text of the same file is read once: a verb that looks, writes and looks again asks for it several times.
    Raises as ``read_case``, each time.
    """
    return _parsed(text, path)


@lru_cache(maxsize=4)
def _parsed(text: str, path: str) -> Case:
    """The case of a text."""
    try:
        document, places = read_values(text, path=path)
    except CharterError as error:
        raise case_error(_own(finding) for finding in error.findings if isinstance(finding, Finding)) from None
    checked, details = validate(document)
    if checked is None:
        raise case_error({explain(detail, places) for detail in details})
    case = build_case(checked, document, path=path, places=places)
    twice = ids_used_twice(case)
    if twice:
        raise case_error(twice)
    return case


def read_values(text: str, *, path: str = FILE_NAME) -> tuple[dict[str, object], dict[str, Where]]:
    """The plain values of a case's text and the place of each, unchecked; raises ``CharterSyntaxError``."""
    return read_document(text, path=path, bounds=_BOUNDS, quick=True)


def find_case(start: Path) -> Path | None:
    """The ``case.yaml`` of a directory or the nearest above it; ``None`` when there is none."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate / FILE_NAME
    return None


def _refused(name: str, where: Where, message: str) -> CaseError:
    """Why a file is no case."""
    return case_error([case_fault(name, where, message)])


def _own(finding: Finding) -> Finding:
    """A finding about YAML, told of a case instead of a charter."""
    rule = SCHEMA_RULES[finding.code]
    message = finding.message.replace("the charter", "the case").replace("in a charter", "in a case")
    usual = rule.help[:1].lower() + rule.help[1:].removesuffix(".")
    return case_fault(rule.name, finding.where, message, "" if finding.hint == usual else finding.hint)
