"""What this host can really do, shown by trying it: ``remit doctor`` prints it, tests ask it what they may expect.

Nothing is believed because it exists. A probe builds the mechanism, sees it work on a living process, and sees that
without the mechanism the same process would have gone on.
"""

from remit.supervisor.probes.asking import ask, host_has, probe_all
from remit.supervisor.probes.families import TRIALS
from remit.supervisor.probes.probe import Probe, Seen, Trial

__all__ = ["TRIALS", "Probe", "Seen", "Trial", "ask", "host_has", "probe_all"]
