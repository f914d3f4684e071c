"""The review after release: what was counted since the last one, as tables and as text."""
