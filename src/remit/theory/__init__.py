"""Theory: decision processes, their values, and what can be measured on them.

Mathematics only. Every quantity that leaves this pillar is an ``Estimate`` (a value with the interval it lies in) or an
array whose error bound is stated where it is computed.
"""
