"""The gateway of TestMesh: REST, and who may do what."""
