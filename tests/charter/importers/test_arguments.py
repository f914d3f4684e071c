"""Constraints drawn from a JSON schema."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.charter.importers.arguments import arguments_of
from remit.charter.importers.drafting import Draft
from remit.charter.importers.inference import Claims
from remit.charter.importers.layout import assemble
from remit.charter.importers.offered import OfferedTool, grants_of, with_an_outcome, with_one_outcome
from remit.charter.reader import charter_from_document, parse_charter
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow
from remit.guard.standing import Standing


def constraints(properties: Mapping[str, object], *, kind: str | None = None) -> dict[str, Mapping[str, object]]:
    kept, _remarks = arguments_of({"type": "object", "properties": properties}, kind=kind)
    return {argument.name: argument.constraint for argument in kept}


def test_a_closed_list_becomes_a_list() -> None:
    assert constraints({"mode": {"enum": ["a", "b"]}, "fixed": {"const": 3}}) == {
        "mode": {"in": ["a", "b"]},
        "fixed": {"in": [3]},
    }


def test_a_path_is_kept_under_one_folder() -> None:
    found = constraints({"folder": {"type": "string"}, "paths": {"type": "array"}, "filePath": {"type": "string"}})
    assert found == {name: {"under": "./work"} for name in ("folder", "paths", "filePath")}


def test_the_ends_of_a_move_are_paths_only_among_files() -> None:
    ends = {"source": {"type": "string"}, "destination": {"type": "string"}}
    assert set(constraints(ends, kind="files")) == {"source", "destination"}
    assert constraints(ends, kind="database") == {}


def test_no_domain_is_invented_for_an_address() -> None:
    kept, remarks = arguments_of({"properties": {"url": {"type": "string", "format": "uri"}}}, kind="http")
    assert kept == ()
    assert any("add url: {domain: [...]}" in remark for remark in remarks)


def test_messages_go_to_people_already_known() -> None:
    assert constraints({"to": {"type": "string"}}, kind="email") == {"to": {"known": True}}
    assert constraints({"to": {"type": "string"}}, kind="database") == {}


def test_a_range_is_taken_over() -> None:
    found = constraints(
        {"n": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10}, "x": {"type": "number", "maximum": 2.5}}
    )
    assert found == {"n": {"min": 1, "max": 9}, "x": {"max": 2.5}}


def test_a_range_a_charter_cannot_hold_is_left_out_and_the_argument_named() -> None:
    _kept, remarks = arguments_of({"properties": {"n": {"type": "integer", "minimum": -5}}}, kind=None)
    assert remarks == ("free arguments (any value): n",)


def test_references_and_optional_values_are_followed() -> None:
    schema = {
        "properties": {"mode": {"$ref": "#/$defs/Mode"}, "maybe": {"anyOf": [{"enum": ["x"]}, {"type": "null"}]}},
        "$defs": {"Mode": {"enum": ["fast", "slow"]}},
    }
    kept, _remarks = arguments_of(schema, kind=None)
    assert {argument.name: argument.constraint for argument in kept} == {
        "mode": {"in": ["fast", "slow"]},
        "maybe": {"in": ["x"]},
    }


GIT_ADD = {
    "properties": {
        "repo_path": {"type": "string"},
        "files": {"type": "array", "items": {"type": "string"}},
    }
}


def test_paths_that_start_from_another_argument_stay_below_it_and_are_not_looked_for_in_the_runs_folder() -> None:
    kept, _remarks = arguments_of(GIT_ADD, kind="git")
    assert [(one.name, list(one.constraint)) for one in kept] == [("repo_path", ["under"]), ("files", ["matches"])]
    document = {
        "remit": 1,
        "agent": {"name": "clerk"},
        "purpose": {"text": "keep the notes"},
        "grants": [{"tool": "git_add", "kind": "git", "args": {one.name: one.constraint for one in kept}}],
    }
    charter = charter_from_document(document)

    def may(*files: str) -> bool:
        call = Call(tool="git_add", args={"repo_path": "work/notes", "files": list(files)})
        return isinstance(decide(charter, call, Standing(cwd="/desk"), resolver=lambda path: path), Allow)

    assert may("a.txt", "sub/b.txt", ".gitignore", "sub/.keep", "a b", ".")
    for path in ("/etc/passwd", "../x", "sub/../../x", "..", "~/x", "$HOME", "-A", ":/", ""):
        assert not may("a.txt", path), path


def test_a_path_of_a_repository_elsewhere_is_one_from_its_top() -> None:
    schema = {"properties": {"owner": {}, "repo": {}, "path": {"type": "string"}, "root_path": {"type": "string"}}}
    kept, _remarks = arguments_of(schema, kind="git")
    assert {one.name: list(one.constraint) for one in kept} == {"path": ["matches"], "root_path": ["under"]}


def test_more_arguments_than_anybody_reads_are_counted() -> None:
    kept, remarks = arguments_of({"properties": {f"a{number}": {"enum": [1]} for number in range(60)}}, kind=None)
    assert len(kept) == 40
    assert "20 more arguments were not looked at: they are free" in remarks


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
MEMBER = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "number", "array", "boolean", "null", "odd"]),
            "enum": st.one_of(JSON, st.lists(JSON, max_size=4)),
            "const": JSON,
            "minimum": JSON,
            "maximum": JSON,
            "exclusiveMinimum": JSON,
            "$ref": st.one_of(st.sampled_from(["#/properties/path", "#/", "http://x"]), JSON),
            "anyOf": JSON,
        },
    ),
)
NAMES = st.one_of(st.sampled_from(["path", "url", "to", "amount", "command", "host", "mode"]), st.text(max_size=8))
SCHEMA = st.one_of(
    st.fixed_dictionaries({"properties": st.dictionaries(NAMES, MEMBER, max_size=4)}),
    st.dictionaries(st.text(max_size=6), JSON, max_size=2),
)
TOOL_NAMES = st.one_of(
    st.from_regex(r"(get|send|delete|pay|run)_(file|email|order|shell|x)", fullmatch=True), st.text(max_size=12)
)
TOOLS = st.builds(
    OfferedTool,
    name=TOOL_NAMES,
    origin=st.just("from a test"),
    description=st.text(max_size=80),
    schema=SCHEMA,
    claims=st.builds(Claims, read_only=st.none() | st.booleans(), destructive=st.none() | st.booleans()),
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(TOOLS, max_size=4), st.text(max_size=10))
def test_whatever_a_server_describes_the_draft_is_a_charter(tools: list[OfferedTool], server: str) -> None:
    grants, notes = grants_of(tools, server=server)
    charter = parse_charter(
        assemble(Draft(name="agent", sources=("a test",), grants=with_an_outcome(grants), notes=notes))
    )
    assert [grant.tool for grant in charter.grants] == [grant.tool for grant in grants]
    assert len(grants) + len(notes) == len(tools)
    for grant in charter.grants:
        assert grant.ask or all(effect.startswith(("info.", "out.")) for effect in grant.effects)


def test_of_several_sources_only_the_call_most_likely_to_finish_the_job_keeps_the_outcome() -> None:
    def offered(name: str, *, read_only: bool) -> OfferedTool:
        return OfferedTool(name=name, origin="a test", schema={}, claims=Claims(read_only=read_only))

    git, _notes = grants_of([offered("git_log", read_only=True), offered("git_commit", read_only=False)], server="git")
    web, _notes = grants_of([offered("fetch", read_only=True)], server="fetch")
    merged = with_one_outcome((*with_an_outcome(git), *with_an_outcome(web)))
    assert [grant.tool for grant in merged if "out.done" in grant.effects] == ["git_commit"]
    assert [grant.effects for grant in merged if grant.tool == "fetch"] == [("info.http",)]
    only_reading = (*with_an_outcome(web), *with_an_outcome(git[:1]))
    assert with_one_outcome(only_reading) == only_reading


def test_a_draft_names_the_facts_that_bear_on_its_tools_and_every_one_can_be_taken_in() -> None:
    grants, notes = grants_of(
        [OfferedTool(name=name, origin="a test", schema={}) for name in ("git_commit", "fetch", "write_file")]
    )
    text = assemble(Draft(name="agent", sources=("a test",), grants=with_an_outcome(grants), notes=notes))
    head, mark, facts = text.partition("# context:\n")
    assert mark
    for name in ("rules", "metadata_service", "branch_protection", "patched", "task_queue"):
        assert f"#   {name}: " in facts
    stated = parse_charter(head + "context:\n" + facts.replace("#   ", "  "))
    assert stated.context["rules"] == "read-only"
    assert stated.context["metadata_service"] is False
