"""What prompts say, in whatever form: who the agent is, what others do, and what holds it by name."""
