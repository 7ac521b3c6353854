"""Runs a TestMesh flow; knows no broker and no database of ours."""
