"""An agent's dealings with people: its letters to them, and what they halted, own and keep to themselves."""
