"""Speaks to a TestMesh server over its REST API."""
