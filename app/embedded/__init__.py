"""Private PostgreSQL and Redis and process supervision on one machine: `make run`, tests, simulation."""
