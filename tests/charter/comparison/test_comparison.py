"""What two charters' comparison says in plain cases, and where it stays conservative."""

from __future__ import annotations

import pytest

from remit.charter.comparison import Change, compare_authority
from remit.charter.reader import parse_charter

BASE = """\
remit: 1
agent: {name: desk}
purpose: {text: answer the mail}
overseers: {ops: {channels: [cli]}, boss: {channels: [cli]}}
"""


def between(old: str, new: str) -> list[Change]:
    """The changes from one charter to another, both given by their parts beyond the base."""
    before, after = (parse_charter(f"{BASE}{part}\n") for part in (old, new))
    return list(compare_authority(before, after))


def kinds(old: str, new: str) -> list[str]:
    """The kinds of the changes."""
    return [change.kind for change in between(old, new)]


def test_layout_comments_and_order_of_keys_do_not_matter() -> None:
    first = "budget: {calls: 5/run, wall: 2h}\ngrants: [{tool: crm.read, ask: [ops]}]"
    second = "grants:\n  - ask: ops # who else\n    tool: crm.read\nbudget:\n  wall: 120min\n  calls: 5/run"
    assert between(first, second) == []


def test_the_order_of_grants_does_not_matter() -> None:
    one, two = "{tool: crm.read, ask: ops}", "{tool: crm.read, args: {region: eu}}"
    assert between(f"grants: [{one}, {two}]", f"grants: [{two}, {one}]") == []


@pytest.mark.requirement("CHARTER-19")
def test_a_new_tool_is_named_with_its_place_in_the_new_charter() -> None:
    (change,) = between("grants: [{tool: crm.read}]", "grants:\n  - {tool: crm.read}\n  - {tool: bash}")
    assert (change.kind, change.path, change.where.line) == ("widened", "grants.1", 7)
    assert "`bash` is granted" in change.what
    assert str(change).startswith("remit.yaml:7:5: widened: `bash` is granted (not granted -> ")


@pytest.mark.requirement("CHARTER-19")
def test_a_removed_limit_is_named_with_its_place_in_the_old_charter() -> None:
    (change,) = between("limits:\n  - {effect: money.*, why: no}", "")
    assert (change.kind, change.path, change.where.line) == ("widened", "limits.0", 6)
    assert (change.before, change.after) == ("never `money.*`", "no limit")


def test_a_wider_limit_in_place_of_a_narrow_one_only_narrows() -> None:
    assert kinds("limits: [{effect: money.spend}]", "limits: [{effect: money.*}]") == ["narrowed"]
    assert kinds("limits: [{effect: money.*}]", "limits: [{effect: money.spend}]") == ["widened"]
    assert set(kinds("limits: [{effect: money.spend}]", "limits: [{effect: data.write}]")) == {"widened", "narrowed"}


def test_a_grant_within_another_adds_nothing() -> None:
    wide = "{tool: pay, args: {amount: {max: 80 EUR}}}"
    assert kinds(f"grants: [{wide}]", f"grants: [{wide}, {{tool: pay, args: {{amount: {{max: 20 EUR}}}}}}]") == [
        "changed"
    ]


def test_a_second_grant_that_asks_nobody_widens() -> None:
    asking = "{tool: pay, ask: boss}"
    assert kinds(f"grants: [{asking}]", f"grants: [{asking}, {{tool: pay}}]") == ["widened"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("60/hour", "60/day", "narrowed"), ("60/day", "60/hour", "widened"), ("60/hour", "1400/day", "widened"),
        ("60/hour", "60/run", "widened"), ("60/run", "30/run", "narrowed"), ("unlimited", "9/run", "narrowed"),
        ("9/run", "unlimited", "widened"), ("9/run", "0", "narrowed"),
    ],
)  # fmt: skip
def test_budgets_compare_over_their_windows(old: str, new: str, expected: str) -> None:
    assert kinds(f"budget: {{letters: {old}}}", f"budget: {{letters: {new}}}") == [expected]


def test_another_currency_is_not_shown_to_be_less() -> None:
    assert kinds("budget: {money: 20 EUR/day}", "budget: {money: 10 USD/day}") == ["widened"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("runtime: {filesystem: {write: [./work]}}", "runtime: {filesystem: {write: [./work/a]}}", {"narrowed"}),
        ("runtime: {filesystem: {write: [./work/a]}}", "runtime: {filesystem: {write: [./work]}}", {"widened"}),
        (
            "runtime: {filesystem: {write: [./work]}}",
            "runtime: {filesystem: {write: [./work/../x]}}",
            {"widened", "narrowed"},
        ),
        ("runtime: {filesystem: {write: [./work]}}", "runtime: {filesystem: {write: []}}", {"narrowed"}),
        ("runtime: {filesystem: {write: [./work]}}", "", {"widened"}),
        ("", "runtime: {network: {hosts: [a.example]}}", {"narrowed"}),
        ("runtime: {network: {hosts: ['*.a.example']}}", "runtime: {network: {hosts: [b.a.example]}}", {"narrowed"}),
        ("runtime: {network: {hosts: [b.a.example]}}", "runtime: {network: {hosts: ['*.a.example']}}", {"widened"}),
        (
            "runtime: {network: {hosts: [a.example]}}",
            "runtime: {network: {hosts: [a.example.evil.example]}}",
            {"widened", "narrowed"},
        ),
    ],
)
def test_paths_and_hosts_compare_as_what_they_are(old: str, new: str, expected: set[str]) -> None:
    assert set(kinds(old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("host", "outside", ["narrowed"]), ("outside", "host", ["widened"]), ("account", "cluster", ["widened"]),
        ("cluster", "account", ["widened"]),
    ],
)  # fmt: skip
def test_moving_the_stop_is_safer_only_when_it_leaves_reach(old: str, new: str, expected: list[str]) -> None:
    assert kinds(f"oversight: {{stop: {{at: {old}}}}}", f"oversight: {{stop: {{at: {new}}}}}") == expected


def test_saying_what_was_unsafe_anyway_changes_nothing() -> None:
    assert between("", "oversight: {stop: {at: host}}\nruntime: {ephemeral: false, network: {hosts: any}}") == []


def test_an_unannounced_stop_makes_grace_irrelevant() -> None:
    before, after = "oversight: {stop: {notice: false, grace: 1}}", "oversight: {stop: {notice: false, grace: 4}}"
    assert kinds(before, after) == ["changed"]


def test_the_first_money_budget_gives_money_to_spend() -> None:
    found = between("", "budget: {money: 20 EUR/day}")
    assert {(change.kind, change.path) for change in found} == {
        ("widened", "budget.money"),
        ("narrowed", "budget.money"),
    }


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("", "assume: {crash: 0.5}", "assume.crash"),
        ("", "oversight: {stop: {redeploy: 0.9}}", "oversight.stop.redeploy"),
        ("", "oversight: {approvals: {ops: {latency: 9}}}", "oversight.approvals.ops.latency"),
        ("grants: [{tool: crm.read}]", "grants: [{tool: crm.read, success: 0.5}]", "grants.0.success"),
    ],
)
def test_what_is_neither_wider_nor_narrower_is_a_change(old: str, new: str, path: str) -> None:
    assert [(change.kind, change.path) for change in between(old, new)] == [("changed", path)]


def test_another_purpose_is_a_change_and_no_authority() -> None:
    new = parse_charter(BASE.replace("answer the mail", "sort the mail"))
    assert [change.kind for change in compare_authority(parse_charter(BASE), new)] == ["changed"]


def test_widenings_come_first() -> None:
    found = kinds("budget: {calls: 5/run, wall: 2h}", "budget: {calls: 9/run, wall: 1h}\nassume: {crash: 0.1}")
    assert found == ["widened", "narrowed", "changed"]


def test_what_was_unbounded_is_said_in_words() -> None:
    found = between("", "budget: {calls: 5/run}\nruntime: {memory: 2GiB, processes: 8}")
    assert [(change.what, change.before, change.after) for change in found] == [
        ("the budget `calls` is new", "no budget", "5 a run"),
        ("memory of the machine", "unlimited", "2 GiB"),
        ("processes at once", "unlimited", "8"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("{from: 'env:K', host: a.example}", "{from: 'env:K'}", "credentials.k.host"),
        ("{from: 'env:K', servers: [a]}", "{from: 'env:K', servers: [a, b]}", "credentials.k.servers"),
        ("{from: 'env:K', host: a.example}", "{from: 'env:K', host: b.example}", "credentials.k.host"),
    ],
)
def test_a_secret_that_comes_within_reach_or_goes_elsewhere_widens(old: str, new: str, path: str) -> None:
    (change,) = between(f"credentials: {{k: {old}}}", f"credentials: {{k: {new}}}")
    assert (change.kind, change.path) == ("widened", path)


def test_a_secret_kept_outside_narrows_and_another_form_of_it_is_a_change() -> None:
    plain, kept = "credentials: {k: {from: 'env:K'}}", "credentials: {k: {from: 'env:K', host: a.example%s}}"
    assert kinds(plain, kept % "") == ["narrowed"]
    assert kinds(kept % "", kept % ", header: X-Key, template: 'k {secret}'") == ["changed", "changed"]
    assert kinds(plain, "credentials: {k: {from: 'env:K', variable: KEY}}") == ["changed"]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("", "oversight: {stop: {heartbeat: 30s}}", "narrowed"),
        ("oversight: {stop: {heartbeat: 30s}}", "oversight: {stop: {heartbeat: 1h}}", "widened"),
        ("oversight: {stop: {heartbeat: 30s}}", "", "widened"),
        ("", "runtime: {user: agent}", "narrowed"),
        ("runtime: {user: agent}", "runtime: {user: root}", "widened"),
        ("runtime: {user: agent}", "", "widened"),
    ],
)
def test_the_dead_mans_switch_and_the_account_are_compared(old: str, new: str, kind: str) -> None:
    assert kinds(old, new) == [kind]
