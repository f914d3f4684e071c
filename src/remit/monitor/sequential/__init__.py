"""The sequential test of the charter's world: acts, policies, the e-process, and its trials."""
