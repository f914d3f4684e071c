"""An agent whose loop is somebody else's (openai-agents): its tools come over MCP, its model over HTTP.

It is run as a command: ``third_party_agent.py chat|responses BRIEF``, with the addresses in its environment.
"""

from __future__ import annotations

import asyncio
import os
import sys

from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from openai import AsyncOpenAI


async def main(protocol: str, brief: str) -> None:
    """Play until the model makes no more calls."""
    set_tracing_disabled(True)
    client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"], max_retries=0)
    kind = OpenAIChatCompletionsModel if protocol == "chat" else OpenAIResponsesModel
    async with MCPServerStreamableHttp(params={"url": os.environ["REMIT_MCP_URL"]}, cache_tools_list=False) as server:
        agent = Agent(name="clerk", instructions="", mcp_servers=[server], model=kind("organism", client))
        result = await Runner.run(agent, brief, max_turns=60)
        sys.stdout.write(f"{result.final_output}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
