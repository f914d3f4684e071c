"""An order desk on the OpenAI Agents SDK: a scripted model, tools that speak HTTP, and nothing that knows of remit."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

SERVICE = os.environ["SERVICE_URL"]
STEPS: list[tuple[str, dict[str, int]]] = [
    ("read_items", {}), *[("place_order", {"number": number}) for number in range(1, 7)]
]  # fmt: skip


def request(method: str, path: str) -> str:
    """One request to the shop, through whatever proxy the environment names."""
    data = None if method == "GET" else b"{}"
    asked = urllib.request.Request(SERVICE + path, method=method, data=data)  # noqa: S310 - the shop's address
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - as above
            return str(answer.read().decode())
    except urllib.error.URLError as error:
        return f"failed: {error}"


@function_tool
def read_items() -> str:
    """Read what can be ordered."""
    return request("GET", "/items")


@function_tool
def place_order(number: int) -> str:
    """Order one item."""
    return request("POST", f"/orders/{number}")


class ScriptedModel(Model):
    """A model that calls one tool after the other, as its script says."""

    async def get_response(self, system_instructions: Any, input: Any, *arguments: Any, **named: Any) -> ModelResponse:  # noqa: A002
        """The next call, or the last word."""
        del system_instructions, arguments, named
        items = input if isinstance(input, list) else []
        done = sum(isinstance(item, dict) and item.get("type") == "function_call_output" for item in items)
        if done < len(STEPS):
            name, given = STEPS[done]
            call = ResponseFunctionToolCall(
                type="function_call", name=name, arguments=json.dumps(given), call_id=f"call-{done}"
            )
            return ModelResponse(output=[call], usage=Usage(), response_id=None)
        text = ResponseOutputText(type="output_text", text="all ordered", annotations=[])
        message = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[text])
        return ModelResponse(output=[message], usage=Usage(), response_id=None)

    def stream_response(self, *arguments: Any, **named: Any) -> AsyncIterator[Any]:
        """Nothing here streams."""
        del arguments, named
        raise NotImplementedError("this script does not stream")


async def main() -> None:
    """Run the agent to its end."""
    set_tracing_disabled(disabled=True)
    agent = Agent(name="order desk", instructions="order", tools=[read_items, place_order], model=ScriptedModel())
    result = await Runner.run(agent, "order everything", max_turns=20)
    print(json.dumps({"last": result.final_output}))  # noqa: T201 - what an agent says


if __name__ == "__main__":
    asyncio.run(main())
