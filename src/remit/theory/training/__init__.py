"""What training leaves possible: compatible goals, and agents that were actually trained."""
