import pytest

from remit.finding import Finding, Severity, Where, worst


def finding(line: int = 1, *, code: str = "REMIT-C001", severity: Severity = Severity.NOTE, file: str = "a") -> Finding:
    return Finding(code=code, severity=severity, where=Where(file=file, line=line), message="a thing is so")


def test_severities_rise_from_note_to_error() -> None:
    assert Severity.NOTE < Severity.WARNING < Severity.ERROR
    assert sorted([Severity.ERROR, Severity.NOTE, Severity.WARNING]) == ["note", "warning", "error"]
    assert Severity.ERROR >= Severity.ERROR > Severity.WARNING >= Severity.NOTE <= Severity.NOTE


def test_a_severity_cannot_be_ordered_against_a_word() -> None:
    with pytest.raises(TypeError, match="cannot be ordered against `warning`"):
        assert Severity.ERROR > "warning"


def test_a_place_reads_as_editors_read_it() -> None:
    assert str(Where(file="remit.yaml", line=4, column=3)) == "remit.yaml:4:3"
    assert str(Where(file="remit.yaml", line=4)) == "remit.yaml:4:1"


def test_findings_sort_by_file_line_column_and_code() -> None:
    second, tenth, tenth_too, other = finding(2), finding(10, code="A"), finding(10, code="B"), finding(1, file="b")
    assert sorted([other, tenth_too, second, tenth]) == [second, tenth, tenth_too, other]


def test_a_finding_reads_as_one_line() -> None:
    assert str(finding(4, severity=Severity.WARNING)) == "a:4:1: warning REMIT-C001: a thing is so"


def test_the_worst_of_nothing_is_nothing() -> None:
    assert worst([]) is None
    assert worst([finding(severity=severity) for severity in Severity]) is Severity.ERROR
