"""The parts every first charter has in common: its head, and the oversight with each default explained.

The values are the defaults the reader would take anyway; writing them down is how somebody learns that they exist.
"""

__all__ = ["EVIDENCE", "HEAD", "oversight"]

HEAD = """\
# yaml-language-server: $schema=./remit.schema.json
# A first charter, written by `remit init`. It is a draft: read every line.
# (`remit schema > remit.schema.json` gives your editor completion and checks while you type.)
#   1. replace the text under `purpose`, and name the outcome that counts as success
#   2. go through `grants`: take away what the purpose does not need, narrow what it does
#   3. run `remit check` to see what is left to do and what these permissions would make worth doing"""

_OVERSIGHT = """\
# How people keep it within this charter. Rates are per step and are assumptions: `remit check` prints and varies them.
oversight:
  stop:
    by: owner
    rate: 0.05          # how likely a stop comes in any one step
    notice: true        # the agent sees the stop coming
    grace: 1            # actions it has left after the notice; 0 is a stop without warning
    covers: COVERS      # what ends with it: children, jobs, replicas, restarts; name only what really does
    durable: false      # true once a stopped agent really stays stopped until a person starts it
    # at: outside       # where the stop lives: host, account, cluster, outside; unsaid counts as the agent's own host
  correct: {by: owner, rate: 0.03}  # a person changes what it does
  retask: {by: owner, rate: 0.02}   # a person gives it another task
  monitor:
    detect: 0.3         # how likely an act outside the charter is noticed
    response: stop      # then: stop, rollback, block or revoke
    # at: outside       # where the monitor lives; unsaid counts as the agent's own host
  approvals:
    owner: {grant: 0.8, latency: 2}  # how often a request is granted, and after how many steps it is answered"""

EVIDENCE = """\
# What a release needs, and how fresh: proof that the stop works, and a test of the agent itself.
evidence: {drill: 30d, eval: 90d}"""


def oversight(covers: tuple[str, ...] = ()) -> str:
    """The section on oversight; ``covers`` is what a stop must reach for the profile to make sense."""
    listed = "[" + ", ".join(covers) + "]"
    return _OVERSIGHT.replace("COVERS     ", f"{listed:<11}")
