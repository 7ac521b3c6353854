"""Mock servers: what stands in for the services that a tested system calls, and what it got."""
