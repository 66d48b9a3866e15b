"""Files of banks: statements come in, payment orders go out (H4)."""
