"""The clock of TestMesh: due schedules become execution requests."""
