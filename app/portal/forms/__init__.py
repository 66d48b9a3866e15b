"""Forms of the portal: shapes are checked here, rules in the use cases."""
