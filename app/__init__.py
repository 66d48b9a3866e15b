"""BPM Centr."""
