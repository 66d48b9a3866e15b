"""Use cases: one function per business verb, one transaction each."""
