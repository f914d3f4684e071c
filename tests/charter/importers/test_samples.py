"""Each kind of source, on a realistic sample: the whole draft as it is written.

The drafts stand in ``samples/expected``. After a change that is meant, write them again with
``remit init --OPTION FILE --force --output expected/NAME`` from the folder ``samples``.
"""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from remit.charter.importers.claude import draft_from_claude
from remit.charter.importers.drafting import Draft, merge
from remit.charter.importers.iam import draft_from_iam
from remit.charter.importers.inspect import draft_from_inspect
from remit.charter.importers.layout import assemble
from remit.charter.importers.python_agents import draft_from_python
from remit.charter.reader import parse_charter

SAMPLES = Path(__file__).with_name("samples")
CASES: list[tuple[Callable[[Path], Draft], str, str]] = [
    (draft_from_claude, "shop/.claude/settings.json", "claude.yaml"),
    (draft_from_inspect, "approval.yaml", "inspect.yaml"),
    (draft_from_python, "support_agents.py.txt", "openai_agents.yaml"),
    (draft_from_python, "graph_agent.py.txt", "langgraph.yaml"),
    (draft_from_iam, "deploy_role.json", "iam.yaml"),
]


@pytest.fixture(autouse=True)
def _from_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLES)


@pytest.mark.requirement("INIT-03")
@pytest.mark.parametrize(("importer", "source", "expected"), CASES, ids=[case[2] for case in CASES])
def test_a_realistic_sample_gives_the_expected_draft(
    importer: Callable[[Path], Draft], source: str, expected: str
) -> None:
    text = assemble(importer(Path(source)))
    wanted = (SAMPLES / "expected" / expected).read_text(encoding="utf-8")
    assert text == wanted, "\n".join(difflib.unified_diff(wanted.splitlines(), text.splitlines(), lineterm=""))


@pytest.mark.parametrize(("importer", "source", "expected"), CASES, ids=[case[2] for case in CASES])
def test_the_draft_is_a_charter_with_the_same_grants(
    importer: Callable[[Path], Draft], source: str, expected: str
) -> None:
    draft = importer(Path(source))
    charter = parse_charter(assemble(draft), path=expected)
    assert [grant.tool for grant in charter.grants] == [grant.tool for grant in draft.grants]
    assert [grant.ask for grant in charter.grants] == [grant.ask for grant in draft.grants]
    assert charter.purpose.text.startswith("REPLACE THIS")


def test_no_secret_of_a_sample_is_copied() -> None:
    for path in (SAMPLES / "expected").iterdir():
        assert "never_copied" not in path.read_text(encoding="utf-8")


def test_several_sources_make_one_draft() -> None:
    one, other = draft_from_inspect(Path("approval.yaml")), draft_from_iam(Path("deploy_role.json"))
    both = merge([one, other, one], name="both")
    assert both.name == "both"
    assert both.grants == (*one.grants, *other.grants)
    assert both.notes == (*one.notes, *other.notes)
    parse_charter(assemble(both))


def test_a_tool_that_two_sources_offer_says_so(tmp_path: Path) -> None:
    policy = tmp_path / "approval.yaml"
    policy.write_text("approvers: [{name: human, tools: send_email}]", encoding="utf-8")
    both = merge([draft_from_python(Path("graph_agent.py.txt")), draft_from_inspect(policy)])
    shared = [grant.tool for grant in both.grants if any("another source" in remark for remark in grant.remarks)]
    assert shared == ["send_email", "send_email"]
    parse_charter(assemble(both))
