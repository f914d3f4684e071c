"""The charter made ready for deciding: what a grant covers, what a limit forbids, what a call would use up."""
