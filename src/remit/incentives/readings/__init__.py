"""What is read off a world: what acts are worth to goals, by taking them away, under other settings."""
