"""The compiled inner loops, the only place where numba lives; every loop also runs as plain Python (and numpy)."""
