"""E5, self-configuration: an agent at work beside its own settings, skills, memory, training and examinations."""
