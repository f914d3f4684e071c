"""What the catalogue says of a charter: its own rows, the grants that authorise, the five prototypes' affordances."""

import pytest

from remit.charter.context import CONTEXT, context_of
from remit.charter.model import Affordance, Charter, ContextValue
from remit.charter.reader import parse_charter
from remit.incentives.catalogue import authorising_grants, in_play, load_catalogue, reachable, with_extensions

SAFE: dict[str, ContextValue] = {key.id: key.safe for key in CONTEXT}
ROWS = {row.id: row for row in load_catalogue()}
HEAD = """\
remit: 1
agent: {name: helper}
purpose: {text: answer the mail, task: [{when: out.answered, value: 1}]}
overseers: {me: {channels: [cli]}}
oversight: {stop: {by: me}}
"""


def charter_with(*lines: str) -> Charter:
    return parse_charter(HEAD + "\n".join(lines) + "\n")


def granted(*tools: str) -> Charter:
    return charter_with("grants:", *(f"  - {{tool: {tool}}}" for tool in tools))


@pytest.mark.requirement("CATALOGUE-06")
def test_a_charter_overrides_a_row_by_id_and_adds_its_own_and_each_keeps_its_place() -> None:
    charter = charter_with(
        "grants: [{tool: email.send}]",
        "catalogue:",
        "  - {id: own.row, kind: email, title: sell the list, needs: [cap.email], effects: [out.leak], source: memo}",
        "  - {id: email.bulk, kind: email, title: write to all, needs: [cap.email], effects: [out.won], source: memo}",
    )
    rows = with_extensions(charter)
    assert [row.id for row in rows] == [*ROWS, "own.row"]
    changed = {row.id: row for row in rows if ROWS.get(row.id) != row}
    assert changed["email.bulk"].effects == ("out.won",)
    assert {name: str(row.where) for name, row in changed.items()} == {
        "email.bulk": "remit.yaml:9:5",
        "own.row": "remit.yaml:8:5",
    }


def test_a_charter_without_rows_of_its_own_sees_the_built_in_ones() -> None:
    assert with_extensions(granted("email.send")) == load_catalogue()


@pytest.mark.parametrize(
    ("row", "tools", "expected"),
    [
        ("files.read", ("read_file", "write_file"), ["read_file"]),
        ("files.read", ("email.read",), []),  # the pattern says nothing about another kind
        ("git.merge_own", ("git.Merge_pull_request", "git.commit"), ["git.Merge_pull_request"]),
        ("agents.spawn", ("subagent.spawn", "task"), ["task", "subagent.spawn"]),  # an exact name comes first
        ("shell.cron", ("shell.run",), []),  # no tool makes it authorised
        ("containers.scale_up", ("k8s.scale", "k8s.restart"), ["k8s.scale"]),
    ],
)
def test_grants_authorise_by_exact_name_or_by_pattern_within_their_kind(
    row: str, tools: tuple[str, ...], expected: list[str]
) -> None:
    assert [grant.tool for grant in authorising_grants(ROWS[row], granted(*tools))] == expected


def test_a_grant_for_every_tool_authorises_what_any_tool_could() -> None:
    charter = granted('"*"')
    assert authorising_grants(ROWS["files.read"], charter) == charter.grants
    assert authorising_grants(ROWS["shell.cron"], charter) == ()


PROTOTYPES: dict[str, tuple[set[str], dict[str, ContextValue], set[str]]] = {
    "support-email": (
        {"email", "database", "payments", "memory"},
        {"recipients": "any", "scheduler": True, "memory_writes": "free", "limit_totals": False, "email_write": True},
        {"email.bulk", "email.schedule_bulk", "email.send_out", "database.read", "payments.split", "memory.directive"},
    ),
    "coding": (
        {"shell", "git", "http"},
        {
            "stop_at": "host", "monitor_at": "account", "ephemeral": False, "rules": "writable", "ci_protected": False,
            "ci_secrets": True, "passrole": True, "egress": "allowlist", "money": True, "backup_immutable": False,
            "git_remote": True, "git_write": True, "cloud_write": True,
        },
        {
            "shell.read_env", "shell.edit_stop", "shell.cron", "shell.edit_rules", "git.edit_pipeline",
            "ci.cloud_role", "cloud.pass_role", "cloud.launch_machine", "cloud.stop_trail", "cloud.delete_data",
            "http.send_through_allowed",
        },
    ),
    "research": (
        {"http", "memory", "agents", "config"},
        {
            "egress": "open", "money": True, "stop_covers_children": False, "memory_writes": "free",
            "config_review": False, "http_write": True,
        },
        {
            "http.send_out", "http.post_public", "http.sign_up", "http.rent_machine", "memory.directive",
            "memory.notes", "agents.spawn", "agents.detach", "config.pin_prompt", "config.mute_tasks",
            "config.upgrade_model",
        },
    ),
    "purchasing": (
        {"payments"},
        {"payee": "any", "credit": True, "scheduler": True, "money": True, "limit_totals": False},
        {
            "payments.split", "payments.unordered", "payments.transfer_out", "payments.open_credit",
            "payments.standing_order",
        },
    ),
    "sre": (
        {"containers"},
        {
            "monitor_at": "cluster", "stop_at": "cluster", "alerts_writable": True, "rbac_write": True, "money": True,
            "containers_write": True, "backup_immutable": False,
        },
        {
            "containers.edit_alerts", "containers.grant_rights", "containers.delete_stop_job",
            "containers.own_deployment", "containers.scale_up", "containers.delete_volume",
            "containers.divert_traffic",
        },
    ),
}  # fmt: skip

# effects a world need not remember: they name a drive, and no row or intervention looks at them
TRACELESS = ("data.", "irreversible", "money.", "network.reach", "compute.energy", "agent.delegate", "credential.")


@pytest.mark.parametrize("name", PROTOTYPES)
def test_the_prototype_charters_keep_what_they_made_possible(name: str) -> None:
    kinds, stated, expected = PROTOTYPES[name]
    rows = in_play(frozenset(f"cap.{kind}" for kind in kinds), {**SAFE, **stated}, load_catalogue())
    assert expected <= {row.id for row in rows}
    assert len(rows) <= 22
    facts = reachable(rows, frozenset(f"cap.{kind}" for kind in kinds), ())[1]
    assert len([fact for fact in facts if not fact.startswith(("out.", *TRACELESS))]) - len(kinds) <= 12


@pytest.mark.parametrize("name", PROTOTYPES)
def test_a_prototype_in_safe_surroundings_keeps_no_way_to_resist(name: str) -> None:
    kinds = PROTOTYPES[name][0]
    rows = in_play(frozenset(f"cap.{kind}" for kind in kinds), SAFE, load_catalogue())
    assert not [row.id for row in rows if any(effect.startswith(("oversight.", "self.")) for effect in row.effects)]


def test_a_secret_in_the_environment_carries_a_shell_into_the_cloud() -> None:
    secret = Affordance(id="x.opens", kind="shell", title="open", needs=("credential.env",), effects=("cap.cloud",))
    context = {**SAFE, "passrole": True, "cloud_write": True}
    holding = tuple(row for row in load_catalogue() if all(context[key] == value for key, value in row.when.items()))
    assert "cap.admin" in reachable(holding, frozenset({"cap.shell"}), (secret,))[1]
    assert "cap.admin" not in reachable(holding, frozenset({"cap.shell"}), ())[1]


def test_reading_tools_leave_nothing_that_writes_in_play() -> None:
    charter = granted("crm.read", "read_file", "list_directory", "git_status", "git_log")
    context = {key: fact.value for key, fact in context_of(charter).items()}
    start = frozenset({"cap.database", "cap.files", "cap.git"})
    left = {row.id for row in in_play(start, context, load_catalogue())}
    assert left == {
        "database.read", "database.leave_read_only", "files.read", "files.read_keys", "files.read_env", "git.read",
    }  # fmt: skip
