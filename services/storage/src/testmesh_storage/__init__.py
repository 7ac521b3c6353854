"""The memory of TestMesh, and the authority on the state of an execution."""
