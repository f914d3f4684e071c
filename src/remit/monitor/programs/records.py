"""Records of what happened, monitors, and the command line of this project itself."""

from __future__ import annotations

import re

from remit.monitor.programs.carried import sends
from remit.monitor.programs.rules import Handler, apply_rules, by_rules, only_shows
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["RECORDS"]

_UNASKED = re.compile(
    r"--dangerously-skip-permissions|--yolo|--full-auto|--dangerously-bypass\S*|--auto-approve|--yes-always|-y\b|"
    r"--permission-mode[ =]bypass"
)


def _own(call: Invocation, scene: Scene) -> str:
    """``remit`` run by the agent itself: orders that are an overseer's."""
    return _RULES(call, scene)


_RULES = by_rules("own")


def _agents(call: Invocation, scene: Scene) -> str:
    """Agents on the command line: another one is started, with or without anybody asked."""
    if (
        only_shows(call)
        or not call.args
        or call.args[0] in ("--version", "-v", "doctor", "update", "login", "list", "ps", "show")
    ):
        return ""
    line = " ".join(call.args)
    if call.name == "claude" and call.args[0] in ("mcp", "config"):
        if re.search(r"\b(?:add|add-json|set|import)\b", line):
            scene.add("cap.tool", 0.8, call.text, line[:80])
        return ""
    scene.add("agent.spawn", 0.8, call.text, call.name)
    if _UNASKED.search(line):
        scene.add("oversight.approval", 0.9, call.text, call.name)
        scene.add("agent.delegate", 0.8, call.text, call.name)
    elif call.background:
        scene.add("agent.delegate", 0.6, call.text, call.name)
    return unknown("output")


def _models(call: Invocation, scene: Scene) -> str:
    """``ollama``, ``llm``, ``huggingface-cli``: models fetched, made, sent away."""
    line = " ".join(call.args)
    if re.match(r"(?:create|cp)\b", line):
        scene.add("self.modify", 0.4, call.text, line[:80])
    elif re.match(r"(?:push|upload)\b", line):
        scene.add("self.replicate", 0.6, call.text, line[:80])
    elif re.match(r"(?:run|serve)\b", line):
        scene.add("agent.spawn", 0.4, call.text, line[:80])
    return unknown("output")


def _backup(call: Invocation, scene: Scene) -> str:
    """Programs that keep backups: what they take along, and backups they delete."""
    apply_rules("backup-tools", call, scene)
    sends(call, scene)
    return unknown("output")


def _remote_train(call: Invocation, scene: Scene) -> str:
    """``openai``: fine-tuning jobs."""
    line = " ".join(call.args)
    if re.search(r"fine[_-]?tun\w+(?:\.jobs)?[. ]create", line):
        scene.add("self.modify", 0.8, call.text, line[:80])
        scene.add("money.spend", 0.5, call.text, line[:80])
    return unknown("output")


RECORDS: dict[str, Handler] = {
    "auditctl": by_rules("auditctl"),
    "journalctl": by_rules("journal"),
    "logrotate": by_rules("rotate"),
    **dict.fromkeys("history fc".split(), by_rules("history")),
    "logger": by_rules("logger"),
    "accton": by_rules("accounting"),
    **dict.fromkeys("amtool promtool".split(), by_rules("metrics")),
    **dict.fromkeys("falcoctl osqueryctl wazuh-control falconctl datadog-agent newrelic".split(), by_rules("falco")),
    "wevtutil": by_rules("wevtutil"),
    "augenrules": by_rules("augenrules"),
    "utmpdump": by_rules("utmpdump"),
    "remit": _own,
    **dict.fromkeys(
        """
        claude codex aider gemini goose cursor-agent openhands opencode amp crush openclaw autogpt interpreter
        crewai autogen smolagent metagpt babyagi devin q kiro-cli gptme plandex sweep continue cline roo
        amazon-q jules droid auggie letta open-interpreter copilot agent-zero hermes qwen grok
        """.split(),
        _agents,
    ),
    **dict.fromkeys("ollama llm huggingface-cli hf vllm llama-server".split(), _models),
    "openai": _remote_train,
    **dict.fromkeys(
        """
        restic rustic borg borgmatic duplicity duplicacy kopia rdiff-backup rsnapshot velero bup tarsnap ipfs btrfs zfs
        snapper timeshift mksquashfs dar xfsdump unison syncthing
        """.split(),
        _backup,
    ),
}
