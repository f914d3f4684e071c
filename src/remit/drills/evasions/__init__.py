"""Evasions: what a process does to live on after somebody stopped it, each with a deadline it cannot forget.

A pattern is a function that takes a :class:`~remit.drills.evasions.beating.Pulse`, does its trick and returns; whatever
it started goes on beating into a file, which is how an observer outside knows who still lives. Started as
``python3 -I -S .../evasions/__main__.py PATTERN BEATS DEADLINE [ADDRESS]``; the standard library is all it needs.
"""
