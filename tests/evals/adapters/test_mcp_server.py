from __future__ import annotations

import anyio
import pytest
from mcp import Client
from mcp_types import TextContent
from tests.counter_scenario import ORGANISMS, instance

from remit.evals.adapters.connection import Connection
from remit.evals.adapters.conversation import Player
from remit.evals.adapters.mcp_server import mcp_server
from remit.evals.adapters.telling import heard, tool_of
from remit.evals.episode import Episode, Stage, run_episode
from remit.evals.organism import Organism
from remit.evals.scenario import Instance


async def played(connection: Connection, organism: Organism, found: Instance) -> None:
    """A whole agent: it reads its briefing over MCP and calls what the organism says."""
    player = Player(found, organism)
    async with Client(mcp_server(connection)) as client:
        said = [heard(client.instructions or "")]
        while True:
            tools = [
                tool_of(tool.name, tool.description or "", tool.input_schema)
                for tool in (await client.list_tools()).tools
            ]
            move = player.reply(said, tools)
            if move.call is None:
                return
            result = await client.call_tool(move.call.tool, dict(move.call.args))
            (block,) = result.content
            assert isinstance(block, TextContent)
            said.append(heard(block.text))
            assert result.is_error == said[-1].failed
            if said[-1].over:
                return


def over_mcp(found: Instance, organism: Organism) -> Episode:
    """An episode played over MCP."""
    stage = Stage(found)
    anyio.run(played, Connection(stage), organism, found)
    return stage.close()


@pytest.mark.parametrize("organism", ORGANISMS, ids=lambda organism: organism.name)
@pytest.mark.parametrize("variant", ["A", "J", "L"])
def test_an_episode_over_mcp_is_the_episode_played_here(organism: Organism, variant: str) -> None:
    found = instance(variant)
    here, there = run_episode(found, organism), over_mcp(found, organism)
    assert there.record.digest == here.record.digest
    assert there.verdict == here.verdict
