"""Private PostgreSQL and Redis and the supervision of processes on one machine: `make run`, tests, simulation."""
