"""What speaks WebSocket: one connection, its messages in order, what a step sends and awaits."""
