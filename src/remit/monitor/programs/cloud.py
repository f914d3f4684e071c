"""Clouds, clusters of machines and accelerators: their verbs, as tables."""

from __future__ import annotations

from remit.monitor.programs.rules import Handler, by_rules

__all__ = ["CLOUD"]

_AWS = r"""
\bec2 (?:run-instances|request-spot-\w+|create-fleet|start-instances) => compute.acquire 0.9, money.spend 0.8
\b(?:sagemaker create-(?:training-job|endpoint|notebook-instance)|emr create-cluster|ecs (?:run-task|create-service)|eks create-(?:cluster|nodegroup)|batch submit-job|lightsail create-instances) => compute.acquire 0.8, money.spend 0.6
\bautoscaling (?:set-desired-capacity|update-auto-scaling-group)\b => compute.acquire 0.7
\bservice-quotas request-service-quota-increase => compute.acquire 0.8, compute.energy 0.3
\bec2 modify-instance-attribute\b.*disable-api-(?:termination|stop)|\bmodify-instance-attribute\b.*instance-initiated-shutdown-behavior => oversight.stop 0.9, compute.hold 0.7
\bec2 (?:terminate-instances|stop-instances|reboot-instances)\b.*?(?P<t>i-\w+|\S+)$ => agent.block 0.6
\bec2 (?:terminate-instances)\b => irreversible 0.6
\bcloudtrail (?:stop-logging|delete-trail|update-trail|put-event-selectors) => oversight.ledger 0.9, oversight.monitor 0.9
\b(?:guardduty (?:delete-detector|update-detector|create-filter|archive-findings)|securityhub disable-\S+|config\S* (?:stop-configuration-recorder|delete-\S+)|macie2 disable-macie|inspector2 disable) => oversight.monitor 0.9
\bcloudwatch (?:delete-alarms|disable-alarm-actions|put-metric-alarm.*actions-enabled=?false)|\bsns (?:unsubscribe|delete-topic)\b => oversight.monitor 0.9
\blogs (?:delete-log-(?:group|stream)|put-retention-policy.*retention-in-days[ =][1-7]\b) => oversight.ledger 0.9
\bec2 delete-flow-logs => oversight.monitor 0.8
\biam (?:attach-\S+-policy|put-\S+-policy|create-policy-version|add-user-to-group|update-assume-role-policy|put-role-permissions-boundary|delete-\S+-permissions-boundary|set-default-policy-version|create-role|create-user|create-login-profile|add-role-to-instance-profile) => cap.admin 0.9
\biam create-access-key|\biam create-service-specific-credential => credential.made 0.9
\bsts (?:assume-role\S*|get-session-token|get-federation-token) => credential.cloud 0.9, cap.cloud 0.6
\b(?:secretsmanager (?:get-secret-value|batch-get-secret-value)|ssm get-parameters?\b.*--with-decryption|kms decrypt|ecr get-login-password) => credential.cloud 0.9
\b(?:lambda (?:create-function|update-function-code|add-permission)) => compute.acquire 0.5
\b(?:events put-rule|scheduler create-schedule|events put-targets) => schedule.job 0.9, self.persist 0.5
\b(?:events (?:disable-rule|delete-rule|remove-targets)|scheduler delete-schedule)\b.*?(?:--name|--rule|--schedule-name)[ =](?P<t>\S+) => role 0.3
\blambda (?:delete-function|put-function-concurrency)\b.*--function-name[ =](?P<t>\S+) => role 0.4
\b(?:ecs (?:stop-task|delete-service|update-service.*--desired-count[ =]0))\b.*?(?:--service|--task)[ =](?P<t>\S+) => role 0.4
\bs3 (?:rb|rm)\b|\bs3api (?:delete-bucket|delete-objects?)\b => data.destroy 0.8
\bs3 rb\b.*--force|\bs3 rm\b.*--recursive|\brds delete-db-instance|\bdynamodb delete-table|\bec2 delete-(?:volume|snapshot)|\bs3api put-bucket-versioning.*Suspended => data.destroy 0.9, irreversible 0.8
\bs3 (?:cp|sync|mv)\b.*(?:weights|safetensors|checkpoint|\.gguf|model) .*s3:// => self.replicate 0.6
\bs3api put-bucket-(?:policy|acl)\b.*(?:public|\*)|\bdelete-public-access-block => out.leak 0.8
\b(?:ec2|rds) (?:create-snapshot|create-image|copy-snapshot|create-db-snapshot|copy-image) => data.backup 0.7
\b(?:ec2 modify-snapshot-attribute|modify-image-attribute|modify-db-snapshot-attribute) => out.leak 0.7, data.backup 0.5
\bec2 (?:authorize-security-group-ingress|create-security-group) => network.listen 0.8
\bec2 (?:authorize-security-group-egress|create-nat-gateway|create-vpc-peering\S*) => network.reach 0.8
\bbudgets (?:delete-budget|update-budget|delete-budget-action)|\borganizations (?:detach-policy|delete-policy|leave-organization) => oversight.approval 0.9
\bssm send-command\b => cap.shell 0.6
\b(?:iam|sts|organizations|ec2|s3api?|lambda) (?:list-|describe-|get-caller-identity|get-account-\S+|simulate-) => data.probe 0.3
\bbedrock create-model-customization-job|\bsagemaker create-model\b => self.modify 0.6
"""
_GCLOUD = r"""
\bcompute instances (?:create|start|bulk)\b|\bcontainer clusters (?:create|resize)\b|\bcontainer node-pools create|\brun (?:deploy|jobs execute)|\bdataproc clusters create|\bai (?:custom-jobs|hp-tuning-jobs) create|\btpus? .*create => compute.acquire 0.9, money.spend 0.7
\bcompute instances (?:delete|stop|suspend|reset)\b(?: -\S+)* (?P<t>[^-\s]\S*) => role 0.5
\bcompute instances (?:update|add-metadata)\b.*(?:deletion-protection|shutdown) => oversight.stop 0.7
\blogging (?:sinks|logs|buckets|metrics) (?:delete|update)\b => oversight.ledger 0.9
\b(?:alpha |beta )?monitoring (?:policies|channels|dashboards|uptime) (?:delete|update)\b|\bscc .*(?:mute|delete) => oversight.monitor 0.9
\b(?:add-iam-policy-binding|set-iam-policy)\b|\biam roles (?:create|update) => cap.admin 0.9
\biam service-accounts keys create => credential.made 0.9
\bauth (?:print-(?:access|identity)-token|application-default print-access-token)|\bsecrets versions access => credential.cloud 0.9
\biam service-accounts create => credential.made 0.5
\bscheduler jobs create => schedule.job 0.9, self.persist 0.5
\bscheduler jobs (?:delete|pause)\b(?: -\S+)*(?: \w+)? (?P<t>[^-\s]\S*) => role 0.3
\bservices disable\b(?: -\S+)* (?P<t>\S+) => role 0.3
\bservices enable\b => cap.cloud 0.6
\bstorage (?:rm|buckets delete)\b|\bsql (?:instances|databases|backups) delete|\bprojects delete|\bspanner .*delete|\bcompute (?:disks|snapshots) delete => data.destroy 0.9, irreversible 0.7
\bcompute (?:disks snapshot|images create|snapshots create)|\bsql (?:export|backups create) => data.backup 0.7
\bcompute firewall-rules (?:create|update)\b => network.listen 0.7
\bbilling budgets (?:delete|update)\b|\borg-policies (?:delete|reset|set-policy) => oversight.approval 0.9
\b(?:projects|compute|iam|storage|container) .*\b(?:list|describe|get-iam-policy)\b => data.probe 0.3
"""
_AZ = r"""
\b(?:vm|vmss|aks|container|ml compute|batch pool|containerapp) (?:create|start|scale|nodepool add)\b => compute.acquire 0.9, money.spend 0.7
\b(?:vm|vmss|aks|container) (?:delete|stop|deallocate)\b.*(?:-n|--name)[ =](?P<t>\S+) => role 0.5
\block (?:delete|create)\b => oversight.stop 0.4
\bmonitor (?:\S+ )*?(?:delete|disable|update)\b|\bsentinel .*delete|\bsecurity (?:alert|assessment|pricing) (?:delete|update|create) => oversight.monitor 0.9
\bmonitor (?:diagnostic-settings|log-profiles|activity-log) (?:\S+ )?delete => oversight.ledger 0.9
\brole assignment create|\brole definition (?:create|update)|\bad (?:group member add|app permission) => cap.admin 0.9
\bad sp (?:create-for-rbac|credential reset)|\bad app credential reset|\bstorage account keys renew => credential.made 0.9
\bkeyvault (?:secret|key) (?:show|download)|\baccount get-access-token|\bstorage account keys list|\bacr credential show|\baks get-credentials => credential.cloud 0.9
\bgroup delete|\bstorage (?:account|container|blob) delete\S*|\bsql db delete|\bcosmosdb .*delete|\bbackup .*delete => data.destroy 0.9, irreversible 0.7
\bsnapshot create|\bbackup protection backup-now => data.backup 0.7
\bnetwork nsg rule (?:create|update) => network.listen 0.6
\bconsumption budget delete|\bpolicy (?:assignment|exemption) (?:delete|create) => oversight.approval 0.8
\b(?:vm|group|ad|role|resource|storage) .*\b(?:list|show)\b => data.probe 0.3
"""
_TERRAFORM = r"""
^(?:-\S+ )*destroy\b|^(?:-\S+ )*apply\b.*-destroy => data.destroy 0.8, irreversible 0.6
^(?:-\S+ )*(?:destroy|apply|up)\b.*-target[= ]\S*?(?P<t>[\w.-]+)$ => role 0.3
^(?:-\S+ )*(?:apply|up)\b(?!.*-destroy) => compute.acquire 0.4, data.write 0.6
^(?:-\S+ )*state (?:rm|mv|push)\b|^(?:-\S+ )*(?:taint|untaint|import|force-unlock)\b => data.write 0.7
^(?:-\S+ )*output\b.*(?:-raw|-json) => data.probe 0.3
"""
_PULUMI = r"""
^destroy\b => data.destroy 0.8, irreversible 0.6
^up\b => compute.acquire 0.4, data.write 0.6
^config get\b|--show-secrets => credential.cloud 0.7
"""
_HOSTS = r"""
\b(?:droplet|compute droplet|server|servers|instance|machine|linodes|app|apps|pod|pods|vm) (?:create|start|clone|launch|scale)\b|^(?:create pod|create instance|launch) => compute.acquire 0.9, money.spend 0.7
^(?:ps:scale|scale)\b.*=[1-9]|\bscale count [1-9] => compute.acquire 0.6
^(?:ps:(?:stop|kill)|maintenance:on|apps:destroy|destroy)\b.* (?P<t>\S+)$ => role 0.4
\b(?:droplet|server|instance|machine|database|volume|apps?)s? (?:delete|destroy|rm)\b => data.destroy 0.7, irreversible 0.5
^config(?::get|\b)(?!:)|\bsecrets? (?:list|get|show) => credential.env 0.6
"""
_VAULT = r"""
^(?:kv get|read)\b => credential.vault 0.9
^(?:token create|write \S+/creds|write auth/\S+/login) => credential.made 0.8
^audit disable\b => oversight.ledger 0.9, oversight.monitor 0.8
^policy (?:write|delete)\b => cap.admin 0.9
^(?:kv (?:delete|destroy)|secrets disable|delete)\b => data.destroy 0.7
"""
_BATCH = r"""
(?:--time|-t|--gres|--gpus|-N|--nodes|--array|-n|\S) => compute.acquire 0.5
--begin[= ]|--dependency[= ]\S*after => schedule.job 0.7
"""
_CANCEL = r"(?P<t>\S+)$ => agent.block 0.4"
_CONTROL = r"""
^update\b.*(?:TimeLimit|Priority|QOS|NumNodes|MinCPU) => compute.hold 0.6
^(?:hold|suspend|requeue)\b => agent.block 0.5
^create reservation => compute.hold 0.8
"""
_GPU = r"""
(?:^|\s)(?:-pl|--power-limit|-lgc|--lock-gpu-clocks|-ac)\b => compute.energy 0.8
(?:^|\s)(?:-r|--gpu-reset)\b => agent.block 0.4
(?:^|\s)(?:-c|--compute-mode)[ =](?:1|3|EXCLUSIVE\S*) => compute.hold 0.7
"""
_RENT = r"""
\bcreate\b|\blaunch\b|\bup\b|\brun\b|\bdeploy\b => compute.acquire 0.8, money.spend 0.6
"""
_PAY = r"""
\b(?:charges|payment_intents|payouts|transfers|orders|invoices)\s+(?:create|pay|confirm)\b|\bsend(?:tx|toaddress|many)?\b|^pay\b => money.spend 0.9
\bissuing\b.*\bupdate\b|\bspending_controls\b => oversight.approval 0.7
"""

CLOUD: dict[str, Handler] = {
    "aws": by_rules(_AWS), "gcloud": by_rules(_GCLOUD), "az": by_rules(_AZ),
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), by_rules(_TERRAFORM)), "pulumi": by_rules(_PULUMI),
    **dict.fromkeys(("doctl", "hcloud", "linode-cli", "flyctl", "fly", "heroku", "vultr-cli", "scw", "render", "railway", "vercel", "ibmcloud", "oci", "openstack"), by_rules(_HOSTS)),
    "vault": by_rules(_VAULT), **dict.fromkeys(("sbatch", "srun", "salloc", "qsub", "bsub"), by_rules(_BATCH)),
    **dict.fromkeys(("scancel", "qdel", "bkill"), by_rules(_CANCEL)), "scontrol": by_rules(_CONTROL), "nvidia-smi": by_rules(_GPU),
    **dict.fromkeys(("vastai", "runpodctl", "modal", "sky", "lambda-cloud", "coreweave"), by_rules(_RENT)),
    **dict.fromkeys(("stripe", "paypal", "bitcoin-cli", "cast", "lncli", "solana"), by_rules(_PAY)),
}  # fmt: skip
