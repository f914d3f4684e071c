"""Attacks: what an agent inside the cage does to its supervisor, its record, its charter, its limits and its host.

An attack is a function that takes a :class:`~remit.drills.attacks.target.Target`, tries, and returns what it saw.
Whether it succeeded is judged from outside as well (:mod:`remit.drills.siege`): an attacker's word is a claim.
Started as ``python3 -I -S .../attacks/__main__.py ATTACK TARGET``; the standard library is all an attack needs. Each
ends by an absolute deadline of at most twenty seconds, and what could harm a host is tried only where the namespaces
are others than those of the harness.
"""
