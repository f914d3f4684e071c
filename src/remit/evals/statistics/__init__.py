"""Statistics of evaluations: what a count of episodes shows, what it does not, and how many more it would take.

Everything here is pure. Intervals for claims are Clopper and Pearson's on the number of episodes that a clustered
sample is worth (`clusters`); Wilson's are for plots only (`intervals`). Nothing gives a point without an interval.
"""
