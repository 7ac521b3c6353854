"""`testmesh watch`: runs again what a change touches."""
