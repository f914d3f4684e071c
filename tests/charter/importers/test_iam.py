"""AWS IAM policies: what the role may do, never wider than the policy."""

import json
from pathlib import Path
from typing import Any

import pytest

from remit.charter.condition import compile_condition, full_match
from remit.charter.importers.drafting import Draft
from remit.charter.importers.iam import draft_from_iam
from remit.charter.importers.layout import assemble
from remit.charter.reader import parse_charter
from remit.errors import CharterError
from remit.finding import Where

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}


def draft(tmp_path: Path, *statements: dict[str, Any]) -> Draft:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=1), encoding="utf-8")
    made = draft_from_iam(path)
    parse_charter(assemble(made))
    return made


def test_reading_is_granted_on_its_resources(tmp_path: Path) -> None:
    (grant,) = draft(tmp_path, READ).grants
    action, resource = grant.args
    assert grant.tool == "aws.s3"
    assert grant.ask == ()
    assert action.constraint == {"in": ["s3:GetObject"]}
    assert full_match(str(resource.constraint["matches"]), "arn:aws:s3:::a/b/c") is True
    assert full_match(str(resource.constraint["matches"]), "arn:aws:s3:::ab/c") is False


@pytest.mark.parametrize("action", ["s3:*", "s3:Delete*", "ec2:TerminateInstances", "*"])
def test_what_destroys_or_could_asks_a_person(tmp_path: Path, action: str) -> None:
    (grant,) = draft(tmp_path, {**READ, "Action": action}).grants
    assert grant.ask == ("owner",)
    assert "data.destroy" in grant.effects


def test_a_role_that_may_hand_on_roles_is_seen_for_what_it_is(tmp_path: Path) -> None:
    (grant,) = draft(tmp_path, {**READ, "Action": ["iam:PassRole", "iam:GetRole"]}).grants
    assert {"cap.cloud", "credential.role"} <= set(grant.effects)


def test_everything_on_everything_says_so(tmp_path: Path) -> None:
    (grant,) = draft(tmp_path, {"Effect": "Allow", "Action": "*", "Resource": "*"}).grants
    assert grant.tool == "aws.any"
    assert any("every action of every service" in remark for remark in grant.remarks)
    assert any("on every resource" in remark for remark in grant.remarks)


def test_a_condition_is_not_dropped_but_asks(tmp_path: Path) -> None:
    (grant,) = draft(tmp_path, {**READ, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}).grants
    assert grant.ask == ("owner",)
    assert any("condition that was not translated" in remark for remark in grant.remarks)


def test_a_deny_becomes_a_limit_that_holds_on_what_it_names(tmp_path: Path) -> None:
    deny = {"Effect": "Deny", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "arn:aws:s3:::a/private/*"}
    (limit,) = draft(tmp_path, READ, deny).limits
    assert limit.when is not None
    condition = compile_condition(limit.when, names=())

    def holds(action: str, resource: str) -> object:
        call = {"tool": "aws.s3", "args": {"action": action, "resource": resource}, "recipients": 0, "effects": []}
        return condition.evaluate(call=call, budget={}, session={})

    assert holds("s3:GetObject", "arn:aws:s3:::a/private/x") is True
    assert holds("s3:PutObject", "arn:aws:s3:::a/private/x") is True
    assert holds("s3:GetObject", "arn:aws:s3:::a/public/x") is False
    assert holds("s3:putobject", "arn:aws:s3:::a/private/x") is True
    assert holds("s3:ListBucket", "arn:aws:s3:::a/private/x") is False


def test_a_deny_too_long_to_say_denies_the_whole_service(tmp_path: Path) -> None:
    resources = [f"arn:aws:s3:::bucket-number-{number}/*" for number in range(100)]
    (limit,) = draft(tmp_path, READ, {"Effect": "Deny", "Action": "s3:*", "Resource": resources}).limits
    assert (limit.tool, limit.when) == ("aws.s3", None)


def test_a_deny_of_everything_forbids_every_tool(tmp_path: Path) -> None:
    (limit,) = draft(tmp_path, READ, {"Effect": "Deny", "Action": "*", "Resource": "*"}).limits
    assert (limit.tool, limit.when) == ("*", None)


@pytest.mark.parametrize(
    "deny",
    [
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a": "b"}}},
        {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"},
    ],
)
def test_a_deny_that_cannot_be_said_makes_every_grant_ask(tmp_path: Path, deny: dict[str, Any]) -> None:
    made = draft(tmp_path, READ, deny)
    assert all(grant.ask == ("owner",) for grant in made.grants)
    assert len(made.notes) == 1


def test_an_allow_of_everything_but_a_list_is_not_granted(tmp_path: Path) -> None:
    made = draft(tmp_path, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    assert made.grants == ()
    assert "`NotAction`" in made.notes[0]


def test_one_statement_may_stand_without_a_list(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"Statement": READ}), encoding="utf-8")
    assert [grant.tool for grant in draft_from_iam(path).grants] == ["aws.s3"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n "Statement": [\n  {"Effect": "Permit",\n   "Action": "*"}]}', 3, "neither `Allow` nor `Deny`"),
        ('{\n "Statement": [\n  {"Effect": "Allow"}]}', 3, "names no `Action`"),
        ('{\n "Statement": [\n  {"Effect": "Allow", "Action": "*",\n   "Actoin": 1}]}', 4, "is not an element"),
        ('{\n "Statement": [\n  "x"]}', 3, "must hold keys and values"),
        ('{\n "Version": "2012-10-17"\n}', 1, "there is no `Statement`"),
        ('{\n "Statement": [{"Effect": "Allow",\n "Action": [3]}]}', 3, "must be text, not a number"),
        ('{\n "Statement": [{"Effect": "Allow",\n "Action": "s3:Get Object"}]}', 3, "is not an action"),
        ("{", 1, "this is not JSON"),
    ],
)
def test_malformed_policies_are_refused_with_their_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CharterError, match=says) as caught:
        draft_from_iam(path)
    assert isinstance(caught.value.where, Where)
    assert caught.value.where.line == line
