"""Profiles that start from the charter: what kind of agent it is, what could go wrong, and what would have to be shown.

A profile brings no evidence: a case drafted from one is on hold until records say otherwise, and its standing doubts
are open until somebody answers them.
"""

from remit.assurance.profiles.choosing import Choice, choose
from remit.assurance.profiles.drafting import draft_case
from remit.assurance.profiles.profile import PROFILES, claims_for

__all__ = ["PROFILES", "Choice", "choose", "claims_for", "draft_case"]
