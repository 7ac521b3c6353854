"""Redis, and what speaks as Redis does: what the redis actions ask."""
