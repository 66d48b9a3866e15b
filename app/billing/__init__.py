"""The rules of the business: pure functions and value types, standard library only."""
