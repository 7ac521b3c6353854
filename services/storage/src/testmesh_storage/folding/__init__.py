"""Streams folded into rows: requests, control and events become the state of executions."""
