"""The charter: what an agent is for, what it may use, what it must never do, and who may pause, correct and stop it."""
