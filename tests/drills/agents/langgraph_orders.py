"""An order desk as a LangGraph graph: a scripted model, tools that speak HTTP, and nothing that knows of remit."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

SERVICE = os.environ["SERVICE_URL"]
STEPS = [("read_items", {}), *[("place_order", {"number": number}) for number in range(1, 7)]]


def request(method: str, path: str) -> str:
    """One request to the shop, through whatever proxy the environment names."""
    data = None if method == "GET" else b"{}"
    asked = urllib.request.Request(SERVICE + path, method=method, data=data)  # noqa: S310 - the shop's address
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - as above
            return str(answer.read().decode())
    except urllib.error.URLError as error:
        return f"failed: {error}"


@tool
def read_items() -> str:
    """Read what can be ordered."""
    return request("GET", "/items")


@tool
def place_order(number: int) -> str:
    """Order one item."""
    return request("POST", f"/orders/{number}")


class ScriptedModel(BaseChatModel):
    """A model that calls one tool after the other, as its script says."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        del stop, run_manager, kwargs
        done = sum(isinstance(message, ToolMessage) for message in messages)
        if done >= len(STEPS):
            return _said(AIMessage(content="all ordered"))
        name, arguments = STEPS[done]
        call = {"name": name, "args": arguments, "id": f"call-{done}", "type": "tool_call"}
        return _said(AIMessage(content="", tool_calls=[call]))


def _said(message: AIMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


def build(model: BaseChatModel) -> Any:
    """The usual loop: the model, its tools, the model again, until it calls none."""

    def agent(state: MessagesState) -> dict[str, Sequence[BaseMessage]]:
        return {"messages": [model.invoke(state["messages"])]}

    def go_on(state: MessagesState) -> str:
        last = state["messages"][-1]
        return "tools" if isinstance(last, AIMessage) and last.tool_calls else END

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("tools", ToolNode([read_items, place_order]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", go_on)
    graph.add_edge("tools", "agent")
    return graph.compile()


if __name__ == "__main__":
    final = build(ScriptedModel()).invoke({"messages": [HumanMessage("order everything")]}, {"recursion_limit": 50})
    print(json.dumps({"messages": len(final["messages"]), "last": final["messages"][-1].content}))  # noqa: T201 - what an agent says
