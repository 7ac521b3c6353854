"""What executions do, told to who listens, while they do it (docs/live.md)."""
