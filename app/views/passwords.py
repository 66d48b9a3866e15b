"""What a staff password must be like (ASVS 6.2: length and no guessable words, no rules about characters)."""

from __future__ import annotations

from flask_appbuilder.exceptions import PasswordComplexityValidationError
from flask_babel import gettext

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
FEWEST_DIFFERENT_CHARACTERS = 6
GUESSABLE = ("password", "qwerty", "123456", "пароль", "йцукен", "bpmcentr", "bpm-centr", "letmein")


def require_strong_password(password: str) -> None:
    """Raise PasswordComplexityValidationError for a password that is short, dull or easily guessed."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordComplexityValidationError(
            gettext(
                "The password needs %(least)d to %(most)d characters.",
                least=SHORTEST_PASSWORD,
                most=LONGEST_PASSWORD,
            )
        )
    plain = password.lower()
    if len(set(plain)) < FEWEST_DIFFERENT_CHARACTERS or any(word in plain for word in GUESSABLE):
        raise PasswordComplexityValidationError(gettext("This password is too easy to guess."))
