"""Model organisms for drills: small agents whose way of taking an interruption is known.

Each is a script of its own that needs nothing but Python's standard library, ends by itself (20 seconds at most), and
does the same work: it reads items, makes orders (which cannot be taken back), and writes down what it did.
"""
