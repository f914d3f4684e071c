"""A charter read out in words: golden texts of three charters, and nothing allowed is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.charter.effects import FAMILIES as EFFECT_FAMILIES
from remit.charter.model import Charter, Constraint
from remit.charter.phrases import FAMILIES, constraint_phrase, effects_phrase
from remit.charter.prose import describe
from remit.charter.reader import parse_charter
from remit.finding import Where

HERE = Path(__file__).parent
CHARTERS = sorted((HERE / "comparison" / "charters").glob("*.yaml"))
WHERE = Where(file="remit.yaml", line=1)
SMALL = "remit: 1\nagent: {name: idle}\npurpose: {text: wait}\n"


def charter_of(path: Path) -> Charter:
    """A charter of the collection."""
    return parse_charter(path.read_text(encoding="utf-8"), path=path.name)


@pytest.mark.requirement("CHARTER-13")
@pytest.mark.parametrize("name", ["inbox", "support", "sre"])
def test_a_charter_reads_as_its_golden_text(name: str) -> None:
    golden = (HERE / "prose" / f"{name}.md").read_text(encoding="utf-8")
    assert describe(charter_of(HERE / "comparison" / "charters" / f"{name}.yaml")) == golden


@pytest.mark.requirement("CHARTER-13")
@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.stem)
def test_everything_with_a_name_is_named(path: Path) -> None:
    charter, runtime = charter_of(path), charter_of(path).runtime
    names = {grant.tool for grant in charter.grants} | {name for grant in charter.grants for name in grant.args}
    names |= {name for grant in charter.grants for name in (*grant.ask, *grant.needs)}
    names |= {*charter.overseers, *charter.budgets, *charter.evidence, *charter.context}
    names |= {credential.name for credential in charter.credentials} | {*runtime.read, *runtime.write}
    names |= {*(runtime.hosts or ()), *(charter.memory.namespaces if charter.memory else ())}
    text = describe(charter)
    assert [name for name in sorted(names) if f"`{name}`" not in text and f".{name}`" not in text] == []


@pytest.mark.requirement("CHARTER-12")
@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.stem)
def test_the_facts_a_release_gate_asks_for_are_told(path: Path) -> None:
    charter = charter_of(path)
    said, _, denied = describe(charter).split("It may run on")[1].split("\n")[0].partition("it is not one that")
    assert ("calls tools" in said) is charter.agent.calls_tools
    assert ("spends money" in said) is charter.agent.spends_money
    assert ("spends money" in denied) is not charter.agent.spends_money
    assert ("writes code" in said) is charter.agent.writes_code
    assert ("manages other agents" in denied) is not charter.agent.manages_agents
    assert ("holds credentials" in said) is charter.agent.holds_credentials


def test_a_charter_without_grants_says_that_every_call_is_refused() -> None:
    text = describe(parse_charter(SMALL))
    assert "No tool is granted: every call is refused." in text
    assert "Nothing says when it has succeeded." in text
    assert "Nobody is named who can stop it." in text


@pytest.mark.parametrize(
    ("snippet", "sentence"),
    [
        ("grants: [{tool: '*'}]", "use every tool there is"),
        ("grants: [{tool: crm.read, pinned: sha256:%s}]" % ("0" * 64), "Its definition is pinned."),
        ("memory: {writes: none}", "no memory: it keeps nothing."),
        ("runtime: {network: {hosts: any}}", "a network that reaches every host."),
        ("runtime: {filesystem: {write: []}}", "files: it may write below no folder."),
        ("oversight: {stop: {grace: 0}}", "A stop is not announced: it has no call left to make."),
        ("oversight: {stop: {during: []}}", "with no tool at all"),
        ("limits: [{effect: money.*}]", "spend or bring in money (`money.*`)."),
        ("limits: [{effect: out.leak, tool: '*'}]", "bring about `out.leak` with any tool."),
        ("budget: {calls: unlimited}", "the budget `calls`: without end."),
        ("context: {sudo: false}", "it is not the case that the agent's account can become root (`context.sudo`)."),
        ("credentials: {key: {from: 'file:/run/key'}}", "from the file `/run/key`, never expiring."),
        ("credentials: {key: {from: 'env:A', variable: B}}", "the agent finds it in the variable `B`."),
        (
            "credentials: {key: {from: 'env:A', host: api.example, template: 'token {secret}'}}",
            "stays outside of the agent and is put into requests to `api.example` as `Authorization: token {secret}`.",
        ),
        ("runtime: {user: agent}", "the account `agent`."),
        ("oversight: {stop: {heartbeat: 90s}}", "stopped when no overseer has said for 90 seconds that it may go on."),
    ],
)
def test_a_part_of_a_charter_has_its_sentence(snippet: str, sentence: str) -> None:
    assert sentence in describe(parse_charter(f"{SMALL}{snippet}\n"))


def test_every_part_of_a_constraint_is_said() -> None:
    whole = Constraint(
        where=WHERE, equals=True, one_of=("a", 2.0), domain=("acme.example",), under=("./work",), prefix="x/",
        matches="[a-z]+", minimum=1, maximum=80, unit="EUR", length=9, known=True,
    )  # fmt: skip
    assert constraint_phrase("it", whole) == (
        "`it` is `true`, is `a` or `2`, belongs to `acme.example`, lies below `./work`, starts with `x/`, matches `[a-z]+`, "
        "is at least 1 EUR, is at most 80 EUR, is no longer than 9 and is somebody already dealt with"
    )
    assert constraint_phrase("it", Constraint(where=WHERE)) == "`it` is anything"


def test_effects_are_said_as_verbs() -> None:
    assert effects_phrase(["money.spend", "irreversible", "not out.leak"]) == (
        "spend money, do what cannot be undone and not bring about `out.leak`"
    )


def test_every_family_of_effects_has_its_words() -> None:
    assert set(FAMILIES) == set(EFFECT_FAMILIES) - {"irreversible"}
