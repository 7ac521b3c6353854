"""Executions at the door: accepted, cancelled, awaited, looked up."""
