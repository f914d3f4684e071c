"""``remit eval``: episodes of agents in scenarios, their scores, their listing."""
