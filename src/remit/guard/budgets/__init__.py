"""What a run may still use up, counted where every process of the host can see it."""
