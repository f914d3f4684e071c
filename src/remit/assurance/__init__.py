"""From records to a verdict: incidents, evidence, the safety case, the release gate, framework views.

Nothing here is green by presence. Every item knows what it is evidence of, for which build and how old it is; what is
not known is never a pass.
"""
