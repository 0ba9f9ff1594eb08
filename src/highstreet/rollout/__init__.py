"""Roll-out of registers from a CSV: `highstreet rollout`; docs/rollout.md."""
