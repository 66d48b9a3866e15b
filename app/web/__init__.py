"""What the web applications share: headers, languages, limits, errors, health."""
