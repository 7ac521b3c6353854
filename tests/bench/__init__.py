"""How fast TestMesh is on this machine, with everything on and its results checked."""
