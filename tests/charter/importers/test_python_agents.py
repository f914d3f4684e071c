"""Agents built in Python, read without running a line of it."""

from pathlib import Path

import pytest

from remit.charter.importers.drafting import Draft, DraftGrant
from remit.charter.importers.layout import assemble
from remit.charter.importers.python_agents import draft_from_python
from remit.charter.reader import parse_charter
from remit.errors import CharterError, CharterSchemaError
from remit.finding import Where


def draft(tmp_path: Path, source: str) -> Draft:
    path = tmp_path / "agents.py"
    path.write_text(source, encoding="utf-8")
    made = draft_from_python(path)
    parse_charter(assemble(made))
    return made


def grants(tmp_path: Path, source: str) -> dict[str, DraftGrant]:
    return {grant.tool: grant for grant in draft(tmp_path, source).grants}


@pytest.mark.requirement("INIT-03")
def test_nothing_of_the_module_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    draft(tmp_path, f"open({str(trap)!r}, 'w')\n@tool\ndef read_x(): ...\n")
    assert not trap.exists()


def test_decorated_functions_are_tools_where_no_agent_is_built(tmp_path: Path) -> None:
    assert set(grants(tmp_path, "@function_tool\ndef a(): ...\n@lib.tool\nasync def b(): ...\ndef c(): ...\n")) == {
        "a",
        "b",
    }


def test_decorators_name_and_describe(tmp_path: Path) -> None:
    found = grants(
        tmp_path,
        "@function_tool(name_override='read_it', description_override='why')\ndef a(): ...\n"
        "@tool('send_it')\ndef b(): ...\n",
    )
    assert set(found) == {"read_it", "send_it"}
    assert found["read_it"].about == "why"


def test_a_tool_that_needs_approval_asks(tmp_path: Path) -> None:
    found = grants(
        tmp_path,
        "@function_tool(needs_approval=True)\ndef read_a(): ...\n"
        "@function_tool(needs_approval=check)\ndef read_b(): ...\n"
        "@function_tool(needs_approval=False)\ndef read_c(): ...\n",
    )
    assert {name: grant.ask for name, grant in found.items()} == {
        "read_a": ("owner",),
        "read_b": ("owner",),
        "read_c": (),
    }


def test_annotations_become_constraints(tmp_path: Path) -> None:
    found = grants(
        tmp_path,
        "@tool\n"
        "def read_x(ctx: RunContextWrapper[int], mode: Literal['a', 'b'], path: Annotated[str, 'x'],\n"
        "           other_path: Optional[Path] = None, more: str | None = None, *, level: Literal[1, 2] = 1): ...\n",
    )
    assert {argument.name: argument.constraint for argument in found["read_x"].args} == {
        "mode": {"in": ["a", "b"]},
        "path": {"under": "./work"},
        "other_path": {"under": "./work"},
        "level": {"in": [1, 2]},
    }


@pytest.mark.parametrize(
    "body",
    ["subprocess.run(x)", "os.system(x)", "eval(x)"],
)
def test_code_that_runs_code_is_a_shell_whatever_its_name(tmp_path: Path, body: str) -> None:
    grant = grants(tmp_path, f"@tool\ndef read_notes(x: str):\n    return {body}\n")["read_notes"]
    assert grant.kind == "shell"
    assert grant.ask == ("owner",)


@pytest.mark.parametrize(
    "call",
    [
        "Agent(name='x', tools=[read_a, read_b])",
        "create_react_agent(model, [read_a, read_b])",
        "create_agent(model, tools=TOOLS)",
        "ToolNode(TOOLS)",
        "model.bind_tools([read_a] + [read_b])",
        "Agent(tools=[*TOOLS])",
    ],
)
def test_every_way_to_hold_tools_is_followed(tmp_path: Path, call: str) -> None:
    source = (
        "@tool\ndef read_a(): ...\ndef read_b(): ...\n@tool\ndef read_c(): ...\nTOOLS = [read_a, read_b]\nx = " + call
    )
    made = draft(tmp_path, source)
    assert [grant.tool for grant in made.grants] == ["read_a", "read_b"]
    assert any("`read_c` (line 5) is held by no agent here" in note for note in made.notes)


@pytest.mark.parametrize(
    "tools",
    ["imported", "[imported]", "make()", "[*kit.get_tools()]", "[x for x in y]", "TWICE", "LOOP"],
)
def test_what_cannot_be_followed_is_named_with_its_line(tmp_path: Path, tools: str) -> None:
    source = f"from shop import imported\nTWICE = []\nTWICE = [imported]\nLOOP = LOOP\nAgent(tools={tools})\n"
    made = draft(tmp_path, source)
    assert made.grants == ()
    assert any("line 5" in note or "line 4" in note for note in made.notes)


def test_handoffs_and_agents_as_tools_are_tools_of_their_own(tmp_path: Path) -> None:
    found = grants(
        tmp_path,
        "other = Agent(name='Other One')\n"
        "main = Agent(tools=[other.as_tool(tool_name='ask_other')], handoffs=[other, handoff(other, tool_name_override='go')])\n",
    )
    assert set(found) == {"ask_other", "transfer_to_other_one", "go"}
    assert {grant.kind for grant in found.values()} == {"agents"}


def test_tools_added_later_are_named(tmp_path: Path) -> None:
    made = draft(tmp_path, "a = Agent(tools=[])\na.tools.append(x)\na.handoffs.extend(y)\n")
    assert sum("adds to an agent later" in note for note in made.notes) == 2


def test_a_server_in_the_code_is_not_started_but_named(tmp_path: Path) -> None:
    source = "s = MCPServerStdio(params={'command': 'uvx', 'args': ['mcp-server-git', '--token', 'x']})\nAgent(mcp_servers=[s])\n"
    (note,) = draft(tmp_path, source).notes
    assert "--mcp 'uvx mcp-server-git --token REDACTED'" in note


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("def f(:\n", 1, "this is not Python"),
        ("x = 1\n  y = 2\n", 2, "this is not Python"),
        ("x = 1\n", 1, "defines no tool"),
    ],
)
def test_a_module_that_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, source: str, line: int, says: str
) -> None:
    with pytest.raises(CharterError, match=says) as caught:
        draft(tmp_path, source)
    assert isinstance(caught.value.where, Where)
    assert caught.value.where.line == line


@pytest.mark.parametrize("source", ["x = '\0'", "(" * 5000, "-" * 100_000 + "1", "a" + ".b" * 20_000])
def test_source_made_to_break_a_parser_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(CharterError):
        draft(tmp_path, source)


def test_a_module_without_agents_says_where_tools_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CharterSchemaError) as caught:
        draft(tmp_path, "")
    assert "@function_tool" in caught.value.hint
