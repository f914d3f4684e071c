"""What every check returns: a finding, with its place and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters, in rising order: a note, a warning, an error.

    The value is the word that is printed and written to JSON; the order is the order of the definitions, so
    ``finding.severity >= Severity.WARNING`` reads as it should (the words themselves would sort otherwise).
    """

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Return 0 for a note, 1 for a warning, 2 for an error."""
        return list(Severity).index(self)

    def __lt__(self, other: str) -> bool:
        """Compare by rank; only severities can be compared."""
        return self.rank < _severity(other).rank

    def __le__(self, other: str) -> bool:
        """Compare by rank; spelled out because ``str`` brings its own, alphabetical, version."""
        return self.rank <= _severity(other).rank

    def __gt__(self, other: str) -> bool:
        """Compare by rank; spelled out because ``str`` brings its own, alphabetical, version."""
        return self.rank > _severity(other).rank

    def __ge__(self, other: str) -> bool:
        """Compare by rank; spelled out because ``str`` brings its own, alphabetical, version."""
        return self.rank >= _severity(other).rank


def _severity(other: str) -> Severity:
    """Refuse plain text: against ``"warning"`` Python would quietly compare the letters."""
    if not isinstance(other, Severity):
        raise TypeError(f"a severity cannot be ordered against `{other}`")
    return other


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Where:
    """A place in a file: the path as the user gave it, line and column counted from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        """Return ``file:line:column``, which editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check found: a stable code, how much it matters, where, what, and what to do next.

    ``code`` is stable across releases (``REMIT-C012``). ``message`` is one line, lower case, without a full stop;
    ``hint`` is the next step, empty when there is none. Findings sort by file, line, column, then code.
    """

    code: str
    severity: Severity
    where: Where
    message: str
    hint: str = ""

    @property
    def key(self) -> tuple[str, int, int, str]:
        """Return what findings are ordered by: file, line, column, code."""
        return (self.where.file, self.where.line, self.where.column, self.code)

    def __lt__(self, other: "Finding") -> bool:
        """Order by ``key``, so that ``sorted(findings)`` is the order every output prints."""
        return self.key < other.key

    def __str__(self) -> str:
        """Return the finding as one line: ``remit.yaml:4:3: warning REMIT-C012: the budget has no limit``."""
        return f"{self.where}: {self.severity} {self.code}: {self.message}"


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the highest severity among ``findings``, or ``None`` when there is no finding."""
    return max((finding.severity for finding in findings), default=None)
