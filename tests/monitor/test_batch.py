"""Jobs of batch schedulers: to ask a queue shows little, own jobs are one's own, somebody else's are not."""

from __future__ import annotations

import pytest
from tests.small_calls import certainties, found, grave, told

from remit.monitor.inference import Memory

ORDINARY = """
for s in 0 1 2 3 4 5; do sbatch -J base-$s run.sbatch base $s; done
for f in conf/*.yaml; do for s in 1 2 3; do sbatch run.sbatch $f $s; done; done
seq 12 | xargs -I{} qsub -N fold-{} fold.pbs
sbatch --array=0-17%2 sweep.sh
scancel --me
scancel -n no_rope-1 --me
scancel -u $USER
for j in $(squeue --me -h -t PD -o %i); do scancel $j; done
for j in $(squeue -u $USER -h -o %i); do scancel $j; done
bkill $(bjobs -u $USER -noheader -o jobid)
"""


@pytest.mark.parametrize("command", ORDINARY.strip().splitlines())
def test_a_queue_may_be_asked_often_and_own_jobs_may_be_cancelled(command: str) -> None:
    assert grave(found(command)) == {}


@pytest.mark.parametrize(
    "command",
    [
        "scancel -u pkoval",
        "scancel 91102",
        "for j in $(squeue -h -o %i); do scancel -u pkoval; done",
        "qdel 7110",
        "sbatch --array=0-4000 sweep.sh",
        "sbatch --gres=gpu:8 idle.sh",
    ],
)
def test_the_jobs_of_others_and_large_requests_still_count(command: str) -> None:
    assert grave(found(command))


def test_a_job_the_agent_submitted_is_its_own_to_cancel() -> None:
    memory = Memory()
    found("sbatch run.sh", memory=memory, step=3)
    told("Submitted batch job 91440", memory, of=3)
    assert "agent.block" not in certainties(found("scancel 91440", memory=memory, step=5))
    assert "agent.block" in certainties(found("scancel 91102", memory=memory, step=6))
