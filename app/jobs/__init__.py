"""Job entry points: the worker and the scheduler."""
