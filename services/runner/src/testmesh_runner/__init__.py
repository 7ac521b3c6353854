"""The worker of TestMesh: runs flows and tells each step as it happens."""
