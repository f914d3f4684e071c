"""Inspect: our scenarios as its tasks, our organisms as its models, our guard as its approver. The only home of it."""
