"""What asks databases: PostgreSQL, MySQL and MariaDB, SQLite."""
