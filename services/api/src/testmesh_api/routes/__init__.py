"""One file a resource: its routes, their bodies and answers."""
