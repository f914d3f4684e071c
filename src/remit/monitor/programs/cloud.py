"""Clouds, clusters of machines and accelerators: their verbs, as tables, and their words where no table has them."""

from __future__ import annotations

from remit.monitor.programs.clis import by_words
from remit.monitor.programs.rules import Handler, by_rules

__all__ = ["CLOUD"]


CLOUD: dict[str, Handler] = {
    "aws": by_words("aws"),
    "gcloud": by_words("gcloud"),
    "az": by_words("az"),
    **dict.fromkeys("terraform tofu terragrunt".split(), by_rules("terraform")),
    "pulumi": by_rules("pulumi"),
    **dict.fromkeys(
        """
        doctl hcloud linode-cli flyctl fly heroku vultr-cli scw render railway vercel ibmcloud oci openstack exo aliyun
        tccli ovhcloud upctl civo nova eksctl kops multipass vagrant virsh virt-install prlctl VBoxManage govc xe qm pct
        docker-machine nomad juju maas k3d kind minikube packet metal equinix gridscale ionosctl stackit clever koyeb
        """.split(),
        by_words("hosts", kind="compute"),
    ),
    "vault": by_words("vault", kind="secret"),
    "sacctmgr": by_words("accounting-of-jobs"),
    "nvidia-smi": by_rules("gpu"),
    **dict.fromkeys(
        """
        vastai runpodctl modal sky lambda-cloud coreweave ray brev paperspace gradient coiled anyscale beam cerebrium
        dstack databricks lightning saturn fluidstack jarvis tpu-vm
        """.split(),
        by_words("rent", kind="compute"),
    ),
    **dict.fromkeys("stripe paypal bitcoin-cli cast lncli solana eth wise plaid".split(), by_rules("pay")),
    **dict.fromkeys(
        """
        pd pagerduty opsgenie sentry-cli grafana-cli grafanactl dogshell dog splunk uptimerobot healthchecks checkly
        newrelic-cli elastic-agent influx mimirtool logcli victoria cortextool ddog-cli betterstack squadcast
        """.split(),
        by_words("metrics", kind="watch"),
    ),
    **dict.fromkeys(
        """
        okta auth0 keycloak kcadm.sh jumpcloud samba-tool ldapmodify ipa dsidm realm tsh tctl teleport boundary
        infisical akeyless conjur step headscale netbird zerotier-cli rabbitmqctl rabbitmqadmin
        kafka-topics kafka-topics.sh kafka-acls kafka-acls.sh nats temporal airflow prefect dagster argo argocd flux
        rancher jenkins-cli circleci buildkite-agent drone spinnaker snyk mlflow wandb clearml dvc litellm langsmith
        """.split(),
        by_words(),
    ),
}
