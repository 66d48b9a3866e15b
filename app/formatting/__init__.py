"""Texts of money, dates and words in Russian and English; pure functions with a locale argument."""
