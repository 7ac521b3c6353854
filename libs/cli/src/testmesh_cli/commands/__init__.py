"""One module for each command of `testmesh`; the heavy parts load when a command runs."""
