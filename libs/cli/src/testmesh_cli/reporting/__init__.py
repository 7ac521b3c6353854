"""How results are told: in text for people, in JSON for programs; the same for local and remote runs."""
