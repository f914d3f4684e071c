"""What lint says about whole charters: what it must find, what it must leave alone, and that it never fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.charter.lint import RULES, lint
from remit.charter.model import Charter
from remit.charter.reader import charter_from_document, parse_charter, read_document
from remit.finding import Severity

CHARTERS = sorted((Path(__file__).parent.parent / "comparison" / "charters").glob("*.yaml"))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in CHARTERS}
DESK = """\
remit: 1
agent: {name: desk}
purpose: {text: PURPOSE, task: [{when: out.done}]}
overseers: {ops: {channels: [cli]}}
grants: GRANTS
oversight: {stop: {by: ops, at: outside}, monitor: {at: outside}}
"""


def desk(*, purpose: str = "answer the mail of the day", grants: str = "[]", more: str = "") -> Charter:
    """A small charter with another purpose, other grants and more parts."""
    return parse_charter(DESK.replace("PURPOSE", purpose).replace("GRANTS", grants) + more)


def codes(charter: Charter, produced: frozenset[str] | None = None) -> set[str]:
    """The codes of everything lint says."""
    return {finding.code.removeprefix("REMIT-") for finding in lint(charter, produced)}


def test_a_sensible_charter_of_ten_lines_gets_at_most_three_notes_and_nothing_worse() -> None:
    found = lint(parse_charter(TEXTS["inbox"]))
    assert len(found) <= 3
    assert {finding.severity for finding in found} <= {Severity.NOTE}


@pytest.mark.requirement("CHARTER-15")
@pytest.mark.parametrize(
    "purpose",
    [
        "maximise engagement", "Maximize reach", "grow the audience", "increase weekly sign-ups", "boost our sales",
        "send as many offers as possible", "win the customer back at any cost", "do whatever it takes to close the deal",
        "drive revenue", "keep followers happy and never stop",
    ],
)  # fmt: skip
def test_a_broad_purpose_with_an_outgoing_channel_and_no_rate_is_an_error(purpose: str) -> None:
    assert "C001" in codes(desk(purpose=purpose, grants="[{tool: email.send}]"))


@pytest.mark.requirement("CHARTER-15")
@pytest.mark.parametrize(
    "purpose",
    [
        "answer the mail of the day", "maximise engagement until the campaign ends", "grow the list up to 500 names",
        "improve the documentation of one module", "raise an alarm once the disk is full",
        "send as many reminders as possible; done when every invoice is paid",
    ],
)  # fmt: skip
def test_a_purpose_with_an_end_is_left_alone(purpose: str) -> None:
    assert codes(desk(purpose=purpose, grants="[{tool: email.send}]")) & {"C001", "C002"} == set()


@pytest.mark.requirement("CHARTER-16")
@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("C050", "oversight: {stop: {by: ops, at: host}}"),
        ("C051", "oversight: {stop: {by: ops}, monitor: {at: host}}"),
        ("C052", "oversight: {stop: {by: ops}}"),
        ("C031", "runtime: {filesystem: {write: [CLAUDE.md]}}"),
        ("C032", "runtime: {filesystem: {write: ['~']}}\ncontext: {rules: read-only}"),
        ("C032", "runtime: {filesystem: {write: [remit.yaml]}}"),
        ("C033", "runtime: {filesystem: {write: [.git]}}"),
        ("C034", "runtime: {filesystem: {write: [/var/lib/remit]}}"),
    ],
)
def test_a_control_within_reach_is_a_finding(code: str, more: str) -> None:
    text = DESK.replace("PURPOSE", "mend the build").replace("GRANTS", "[{tool: bash}]")
    kept = "\n".join(line for line in text.splitlines() if line.partition(":")[0] != more.partition(":")[0])
    assert code in codes(parse_charter(f"{kept}\n{more}\n"))


def test_a_purpose_out_of_reach_is_told_only_when_it_can_be_told() -> None:
    open_ended = desk(grants="[{tool: crm.read}]")
    assert "C004" not in codes(open_ended)
    assert "C004" not in codes(open_ended, frozenset({"out.done"}))
    assert "C004" in codes(open_ended, frozenset({"out.leak"}))
    assert "C004" in codes(open_ended, frozenset())  # looked up, and nothing found
    assert "C004" in codes(desk(grants="[{tool: crm.read, effects: [out.dune]}]"))


def test_looked_up_outcomes_say_nothing_about_other_facts() -> None:
    charter = desk(
        grants="[{tool: crm.read}, {tool: desk.answer, kind: clock, effects: [out.done, info.order], needs: [info.orders]}]",
        more="limits: [{effect: info.orders, when: 'call.args.all == true'}, {effect: out.dome}]\n",
    )
    assert codes(charter) & {"C018", "C082"} == set()
    found = [
        finding for finding in lint(charter, frozenset({"out.spam"})) if finding.code in ("REMIT-C018", "REMIT-C082")
    ]
    assert [(finding.code, finding.hint) for finding in found] == [("REMIT-C082", "did you mean `out.done`?")]


def test_a_limit_on_what_no_grant_is_for_is_left_alone() -> None:
    charter = desk(
        grants="[{tool: desk.answer, kind: clock, effects: [out.done]}]", more="limits: [{effect: out.leak}]\n"
    )
    assert "C082" not in codes(charter)


@pytest.mark.parametrize(("fades", "fires"), [("{}", True), ("{out.up: 0.1}", False)])
def test_a_task_that_is_given_and_never_lost_is_done_by_doing_nothing(fades: str, *, fires: bool) -> None:
    purpose = f"purpose: {{text: keep it up, task: [{{when: out.up}}], given: [out.up], fades: {fades}}}"
    text = "\n".join(
        purpose if line.startswith("purpose") else line for line in DESK.replace("GRANTS", "[]").splitlines()
    )
    assert ("C006" in codes(parse_charter(text))) is fires


def test_a_reading_tool_is_not_taken_for_a_sending_one() -> None:
    assert (
        codes(desk(grants="[{tool: email.read}, {tool: slack.list_channels}, {tool: gmail.draft}]")) & {"C022", "C093"}
        == set()
    )
    assert {"C022", "C093"} <= codes(desk(grants="[{tool: email.send}]"))


def test_a_narrowed_shell_is_a_warning_and_a_bare_one_an_error() -> None:
    found: list[Severity] = []
    for grant in ("{tool: bash}", "{tool: bash, args: {command: {in: [make]}}}"):
        charter = parse_charter(
            DESK.replace("PURPOSE", "mend").replace("GRANTS", f"[{grant}]").replace("ops, at: outside", "ops, at: host")
        )
        found += [finding.severity for finding in lint(charter) if finding.code == "REMIT-C050"]
    assert found == [Severity.ERROR, Severity.WARNING]


def test_a_finding_points_at_the_line_of_what_is_wrong() -> None:
    charter = desk(grants="\n  - {tool: crm.read}\n  - {tool: crm.purge, effects: [irreversible]}")
    found = next(finding for finding in lint(charter) if finding.code == "REMIT-C020")
    assert (found.where.file, found.where.line, found.where.column) == ("remit.yaml", 7, 5)
    assert "`crm.purge`" in found.message


def test_findings_come_in_the_order_of_the_charter() -> None:
    found = lint(parse_charter(TEXTS["sre"]))
    assert list(found) == sorted(found)
    assert len(found) > 5


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_finding_lies_inside_the_file(name: str) -> None:
    charter = parse_charter(TEXTS[name])
    assert all(1 <= finding.where.line <= len(TEXTS[name].splitlines()) for finding in lint(charter))


@settings(max_examples=examples(40), deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(TEXTS)))
def test_taking_parts_away_never_makes_lint_fail_and_it_always_says_the_same(data: st.DataObject, name: str) -> None:
    document, _places = read_document(TEXTS[name])
    needed = {"remit", "agent", "purpose", "overseers", "budget"}
    kept = data.draw(st.sets(st.sampled_from(sorted(set(document) - needed))))
    charter = charter_from_document({key: value for key, value in document.items() if key in needed | kept})
    found = lint(charter)
    assert found == lint(charter)
    assert {finding.code for finding in found} <= {rule.code for rule in RULES}


@settings(max_examples=examples(40), deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=300).filter(
        lambda text: text.strip() != ""
    )
)
def test_any_purpose_in_words_can_be_judged(text: str) -> None:
    document, _places = read_document(TEXTS["inbox"])
    charter = charter_from_document({**document, "purpose": {"text": text}})
    assert "C003" in codes(charter)


@pytest.mark.parametrize(
    ("credential", "runtime", "fires"),
    [
        ("{from: 'env:K'}", "{}", True),
        ("{from: 'env:K', host: crm.example}", "{filesystem: {read: [/run]}}", False),
        ("{from: 'file:/run/keys/crm', host: crm.example}", "{filesystem: {read: [/srv]}}", False),
        ("{from: 'file:/run/keys/crm', host: crm.example}", "{filesystem: {read: [/run/keys]}}", True),
    ],
)
def test_a_secret_kept_for_a_host_is_readable_only_where_its_file_is(
    credential: str, runtime: str, *, fires: bool
) -> None:
    charter = desk(more=f"credentials: {{crm: {credential}}}\nruntime: {runtime}\n")
    assert ("C042" in codes(charter)) is fires


@pytest.mark.parametrize(
    ("hosts", "fires"),
    [
        ("none", True), ("[mail.example]", True), ("[crm.example]", False), ("any", False), ("['*.example']", False),
        ("['crm.example:8443']", True),
    ],
)  # fmt: skip
def test_a_secret_is_for_a_host_that_can_be_reached(hosts: str, *, fires: bool) -> None:
    more = f"credentials: {{crm: {{from: 'env:K', host: crm.example}}}}\nruntime: {{network: {{hosts: {hosts}}}}}\n"
    assert ("C045" in codes(desk(more=more))) is fires


def test_a_writable_path_that_holds_the_charter_is_found_by_its_whole_path() -> None:
    text = DESK.replace("PURPOSE", "mend").replace("GRANTS", "[]") + "runtime: {filesystem: {write: [/srv/desk]}}\n"
    assert "C032" in codes(parse_charter(text, path="/srv/desk/remit.yaml"))
    assert "C032" not in codes(parse_charter(text, path="/etc/desk/remit.yaml"))
    assert "C032" not in codes(parse_charter(text, path="remit.yaml"))
