"""Measurements beside a reference in the same rounds, stated as ratios: machines differ."""
