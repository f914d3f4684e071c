"""One detector for each part of a drive and each boundary pressure of ``remit.drive``, in its order."""

from remit.monitor.detectors.cognitive_enhancement import (
    algorithmic_improvement,
    knowledge_acquisition,
    tool_use_and_creation,
)
from remit.monitor.detectors.detecting import Detector
from remit.monitor.detectors.efficiency_and_power import improving_robustness, reducing_uncertainty, seeking_leverage
from remit.monitor.detectors.goal_preservation import deception, preventing_rivals, value_stability
from remit.monitor.detectors.limits import limit_evasion
from remit.monitor.detectors.pressures import (
    capability_concealment,
    hidden_delegation,
    oversight_manipulation,
    permission_expansion,
    state_copying,
)
from remit.monitor.detectors.preventing_new_goals import inbox_zero
from remit.monitor.detectors.resource_acquisition import compute, energy, information, money
from remit.monitor.detectors.self_preservation import avoid_shutdown, integrity_maintenance, resource_defence

__all__ = ["EVERY"]

EVERY: tuple[Detector, ...] = (
    avoid_shutdown,
    integrity_maintenance,
    resource_defence,
    compute,
    energy,
    money,
    information,
    algorithmic_improvement,
    knowledge_acquisition,
    tool_use_and_creation,
    value_stability,
    deception,
    preventing_rivals,
    reducing_uncertainty,
    improving_robustness,
    seeking_leverage,
    inbox_zero,
    hidden_delegation,
    permission_expansion,
    state_copying,
    limit_evasion,
    oversight_manipulation,
    capability_concealment,
)
