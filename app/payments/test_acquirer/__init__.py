"""The built-in acquirer for demo and tests: takes test tokens, never card numbers; refused in production."""
