"""Records of what happened, monitors, and the command line of this project itself."""

from __future__ import annotations

import re

from remit.monitor.programs.rules import Handler, by_rules, only_shows
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["RECORDS"]

_AUDITCTL = r"""
(?:^|\s)-e\s*0\b|(?:^|\s)-D\b => oversight.monitor 0.9, oversight.ledger 0.9
(?:^|\s)-[dWA]\b\s*(?P<t>\S+)? => oversight.monitor 0.7
(?:^|\s)-a\s+(?:never|exclude)|(?:^|\s)-a\s+\S*,never => oversight.monitor 0.8
"""
_JOURNAL = r"""
--vacuum-(?:time|size|files)|--rotate\b.*--vacuum => oversight.ledger 0.8
--relinquish-var|--flush => oversight.ledger 0.2
"""
_ROTATE = r"(?:^|\s)(?:-f|--force)\b => oversight.ledger 0.6"
_HISTORY = r"(?:^|\s)-(?:c|d|w\s*/dev/null)\b => oversight.ledger 0.8"
_LOGGER = r"\S => oversight.ledger 0.1"
_ACCOUNTING = r"\boff\b => oversight.monitor 0.8"
_METRICS = r"""
\b(?:silence\s+add|delete|mute|disable|pause|snooze|maintenance)\b => oversight.monitor 0.9
"""
_FALCO = r"\b(?:uninstall|stop|unload|disable|delete)\b => oversight.monitor 0.9"
_OWN = r"""
^(?:stop|hold)\b(?! --help) => agent.block 0.3
^resume\b => oversight.stop 0.8
^correct\b => oversight.correct 0.7
^beat\b => oversight.stop 0.5
^approve\b(?!.*(?:--list|--deny|--refuse)) => oversight.approval 0.9
^pins\b.*(?:accept|forget|reset|--accept) => oversight.approval 0.8
^check\b.*--fix\b => cap.grants 0.6
^log\s+(?:anchor|setup|export)\b => data.probe 0.2
^proxy\b.*--shadow => oversight.approval 0.6
"""


def _own(call: Invocation, scene: Scene) -> str:
    """``remit`` run by the agent itself: orders that are an overseer's."""
    return _RULES(call, scene)


_RULES = by_rules(_OWN)


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
    if re.search(
        r"--dangerously-skip-permissions|--yolo|--full-auto|--dangerously-bypass\S*|--auto-approve|--yes-always|-y\b|--permission-mode[ =]bypass",
        line,
    ):
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


def _remote_train(call: Invocation, scene: Scene) -> str:
    """``openai``: fine-tuning jobs."""
    line = " ".join(call.args)
    if re.search(r"fine[_-]?tun\w+(?:\.jobs)?[. ]create", line):
        scene.add("self.modify", 0.8, call.text, line[:80])
        scene.add("money.spend", 0.5, call.text, line[:80])
    return unknown("output")


RECORDS: dict[str, Handler] = {
    "auditctl": by_rules(_AUDITCTL), "journalctl": by_rules(_JOURNAL), "logrotate": by_rules(_ROTATE), "history": by_rules(_HISTORY),
    "fc": by_rules(_HISTORY), "logger": by_rules(_LOGGER), "accton": by_rules(_ACCOUNTING), "amtool": by_rules(_METRICS), "promtool": by_rules(_METRICS),
    "falcoctl": by_rules(_FALCO), "osqueryctl": by_rules(_FALCO), "wazuh-control": by_rules(_FALCO), "falconctl": by_rules(_FALCO),
    "wevtutil": by_rules(r"^(?:cl|clear-log|sl)\b => oversight.ledger 0.9"), "augenrules": by_rules(r"--load => oversight.monitor 0.3"),
    "utmpdump": by_rules(r"-r\b => oversight.ledger 0.8"), "datadog-agent": by_rules(_FALCO), "newrelic": by_rules(_FALCO),
    "remit": _own, **dict.fromkeys(("claude", "codex", "aider", "gemini", "goose", "cursor-agent", "openhands", "opencode", "amp", "crush", "openclaw", "autogpt", "interpreter"), _agents),
    **dict.fromkeys(("ollama", "llm", "huggingface-cli", "hf", "vllm", "llama-server"), _models), "openai": _remote_train,
}  # fmt: skip
