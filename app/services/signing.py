"""Signs ids of one-time tokens: the link in a mail is the only place where the signed text exists."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer


class LinkSigner:
    """Signs with the portal's secret; another purpose's signature is worth nothing."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def sign(self, purpose: str, token_id: int) -> str:
        """The text that goes into the link."""
        return str(URLSafeSerializer(self._secret, salt=f"one-time:{purpose}").dumps(token_id))

    def unsign(self, purpose: str, text: str) -> int | None:
        """The id, or None when the text was not signed by us for this purpose."""
        try:
            token_id = URLSafeSerializer(self._secret, salt=f"one-time:{purpose}").loads(text)
        except BadSignature:
            return None
        return token_id if isinstance(token_id, int) else None
