"""Ways for other people's agents to play our scenarios: over MCP, and with an organism as their model over HTTP."""
