"""Revisions of the schema `users`."""

from testmesh_chassis.migrations import run_environment

run_environment()
