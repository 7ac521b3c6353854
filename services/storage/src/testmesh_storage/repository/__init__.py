"""The only doors to storage's tables. Repositories never commit."""
