"""Where values come from: flag, `TESTMESH_*`, `.env`, `.testmesh.yaml`, the user's own file, default."""
