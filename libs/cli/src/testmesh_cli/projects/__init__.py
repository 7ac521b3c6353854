"""What `testmesh init` makes: a project of flows that run, with what belongs beside them."""
