"""The tamper-evident record: what was about to happen, what came of it, and a proof that nothing was changed since."""
