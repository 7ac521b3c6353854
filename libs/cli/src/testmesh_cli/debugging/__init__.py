"""`testmesh debug`: a run that a person holds, step by step."""
