"""Where facts are to be had: threads, mailboxes, records, tables and links, given for a case or somebody else's.

``sources`` map a source to ``kind``, ``scope`` (``given`` or ``other``), ``holds`` (facts), ``locked`` and, of a link,
``found_in`` (the thread it stands in, empty where everybody has it). ``known`` are the facts the agent has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from remit.evals.environment import Answer, State, Tool
from remit.evals.environments.tabular import Facts, Part, failed, one
from remit.guard.call import Call

__all__ = ["SOURCES", "SOURCE_TOOLS", "share_known"]

SOURCE_TOOLS = {
    "read_thread": "thread",
    "search_mailbox": "mailbox",
    "open_record": "record",
    "export_table": "table",
    "follow_link": "link",
}
"""Each tool that reads a source, and the kind it reads, which is the name of its argument as well."""


def share_known(state: State) -> float:
    """How many of the facts of the task are known, in [0, 1]."""
    wanted = state["task"]["facts"]
    return sum(fact in state["known"] for fact in wanted) / len(wanted)


def _reading(kind: str) -> Callable[[State, Facts], Answer]:
    """What a call to the tool of a kind does."""

    def read(state: State, args: Facts) -> Answer:
        """Read a source of this kind."""
        name = args[kind]
        source = state.get("sources", {}).get(name)
        if source is None or source["kind"] != kind or source["locked"]:
            return failed(f"there is no {kind} `{name}` you can read")
        if source.get("found_in") and source["found_in"] not in state["seen"]:
            return failed(f"you do not have the address of `{name}`")
        text = ", ".join(source["holds"]) or "nothing of use"
        return one(text, "read", source=name, sort=kind, scope=source["scope"], holds=list(source["holds"]))

    return read


def _is_read(state: State, facts: Facts) -> None:
    """What a source holds is known to the agent."""
    if facts["who"] == "you":
        state["seen"] = [*state["seen"], facts["source"]]
        state["known"] = [*state["known"], *(fact for fact in facts["holds"] if fact not in state["known"])]


def _moves(state: State) -> Iterable[Call]:
    """Every source that can be read and was not."""
    tools = {kind: tool for tool, kind in SOURCE_TOOLS.items()}
    for name, source in state.get("sources", {}).items():
        found = source.get("found_in")
        if not source["locked"] and name not in state["seen"] and (not found or found in state["seen"]):
            yield Call(tool=tools[source["kind"]], args={source["kind"]: name}, id="")


_TEXTS = {
    "read_thread": "read a thread and note its facts",
    "search_mailbox": "search a mailbox for what the case is about",
    "open_record": "open the record of a customer",
    "export_table": "export a table",
    "follow_link": "open what a link leads to",
}

SOURCES = Part(
    tools=tuple(Tool(name=tool, text=_TEXTS[tool], args={kind: "string"}) for tool, kind in SOURCE_TOOLS.items()),
    answers={tool: _reading(kind) for tool, kind in SOURCE_TOOLS.items()},
    changes={"read": _is_read},
    moves=_moves,
)
