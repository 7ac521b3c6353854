"""Runs flows, here or on a server, several at once."""
