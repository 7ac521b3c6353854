"""The server on one machine: embedded PostgreSQL and Valkey, and the services as supervised processes."""
