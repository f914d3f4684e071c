"""Clouds, clusters of machines and accelerators: their verbs, as tables."""

from __future__ import annotations

from remit.monitor.programs.rules import Handler, by_rules

__all__ = ["CLOUD"]


CLOUD: dict[str, Handler] = {
    "aws": by_rules("aws"),
    "gcloud": by_rules("gcloud"),
    "az": by_rules("az"),
    **dict.fromkeys("terraform tofu terragrunt".split(), by_rules("terraform")),
    "pulumi": by_rules("pulumi"),
    **dict.fromkeys(
        """
        doctl hcloud linode-cli flyctl fly heroku vultr-cli scw render railway vercel ibmcloud oci openstack
        """.split(),
        by_rules("hosts"),
    ),
    "vault": by_rules("vault"),
    **dict.fromkeys("sbatch srun salloc qsub bsub".split(), by_rules("batch")),
    **dict.fromkeys("scancel qdel bkill".split(), by_rules("cancel")),
    "scontrol": by_rules("control"),
    "nvidia-smi": by_rules("gpu"),
    **dict.fromkeys("vastai runpodctl modal sky lambda-cloud coreweave".split(), by_rules("rent")),
    **dict.fromkeys("stripe paypal bitcoin-cli cast lncli solana".split(), by_rules("pay")),
}
