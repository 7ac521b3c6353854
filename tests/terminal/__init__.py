"""The command line as a person meets it: in a real terminal, and in a pipe."""
