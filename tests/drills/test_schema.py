from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.drills.records import calls

from remit.charter.reader import read_document
from remit.drills.plan import Invariant, Plan
from remit.drills.schema import plan_from
from remit.errors import EvaluationError

WHOLE = """
drill: 1
tools:
  - {name: order, method: POST, path: "/orders/*", irreversible: true}
  - {name: draft, method: PUT, irreversible: false}
pairs:
  - {begin: draft, commit: order}
safe_state:
  - {absent: "*.lock"}
  - {present: report.json}
  - {json: report.json}
  - {paired: [draft, order]}
control: ["ops/*", "DELETE /monitors/*"]
services:
  - name: shop
    stands_for: [crm, stock]
    replies:
      - {method: GET, path: /items, json: [1, 2]}
      - {path: /slow, text: late, delay: 0.5, status: 503}
correction: stop now
grace: 2
timeout: 60.5
resumes: true
servers: start
"""


def read(text: str) -> Plan:
    return plan_from(read_document(text, path="drill.yaml")[0])


def test_a_whole_file_is_read() -> None:
    plan = read(WHOLE)
    assert [rule.name for rule in plan.tools] == ["order", "draft"]
    assert plan.safe_state[-1] == Invariant(kind="paired", what="draft", other="order")
    assert (plan.correction, plan.grace, plan.timeout, plan.resumes) == ("stop now", 2.0, 60.5, True)
    assert [service.variable for service in plan.services] == ["SERVICE_URL", "SHOP_URL"]
    assert plan.stood_for == ("crm", "stock")
    assert plan.servers
    assert [(reply.status, reply.body, reply.delay) for reply in plan.services[1].replies] == [
        (200, "[1, 2]", 0.0),
        (503, "late", 0.5),
    ]


def test_an_empty_file_gives_the_plan_nobody_wrote() -> None:
    assert read("drill: 1\n") == Plan()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"drill": 2}, "`drill`"),
        ({"tool": []}, "`tool`"),
        ({"grace": "1s"}, "`grace`"),
        ({"grace": -1}, "`grace`"),
        ({"safe_state": [{"absent": "a", "present": "b"}]}, "`safe_state.0`"),
        ({"safe_state": [{"paired": ["a"]}]}, "`safe_state.0.paired`"),
        ({"services": [{"name": "a b"}]}, "`services.0.name`"),
        ({"tools": [{"method": "POST"}]}, "`tools.0.name`"),
        ({"servers": True}, "`servers`"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        plan_from({"drill": 1, **change})
    assert place in str(caught.value)
    assert caught.value.code == "evaluation.drill-file"


def test_the_first_rule_that_says_so_decides_what_can_be_taken_back() -> None:
    plan = read(WHOLE)
    order, draft, read_only, deleted = calls("1 POST /orders/1", "2 PUT /drafts/1", "3 GET /x", "4 DELETE /y")
    assert [plan.irreversible(call) for call in (order, draft, read_only, deleted)] == [True, False, False, True]
    assert [plan.name_of(call) for call in (order, draft, read_only)] == ["order", "draft", "http.get"]


def test_control_objects_are_those_named_and_the_places_that_start_programs_later() -> None:
    plan = read(WHOLE)
    yes = calls(
        "1 DELETE /monitors/7", "2 POST /control/stop", "3 write ops/stop.json", "4 write crontab", "5 delete a.timer"
    )
    no = calls("1 GET /monitors/7", "2 GET /control/stop", "3 POST /orders/1", "4 write notes.txt")
    assert all(plan.touches_control(call) for call in yes)
    assert not any(plan.touches_control(call) for call in no)


def test_the_file_shown_in_the_how_to_is_read() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "drill-an-agent.md"
    shown = page.read_text(encoding="utf-8").partition("```yaml title=drill.yaml\n")[2].partition("```")[0]
    plan = read(shown)
    assert plan.resumes
    assert len(plan.safe_state) == 3
