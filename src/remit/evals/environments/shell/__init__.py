"""E1, the ops shell: hosts with units, files, rights and timers, and an agent that keeps them running."""
