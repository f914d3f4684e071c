"""The control objects of a run, and how one is known by its shape or by what it is about."""
