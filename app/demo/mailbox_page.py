"""The local mailbox as pages: every mail of the demo, whoever it is for."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.notifications.local_mailbox import LocalMailbox, MailboxEntry

MOST_SHOWN = 200
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
LINKS_LEAVE_THE_FRAME = '<base target="_top">'


def register(blueprint: Blueprint, box: LocalMailbox) -> None:
    """Put the pages under the blueprint."""

    @blueprint.get("/mailbox")
    def mailbox() -> ResponseReturnValue:
        """The newest mails, of one recipient if asked for."""
        recipient = request.args.get("recipient", "").strip()
        found = [entry for entry in box.list_messages() if _is_for(entry, recipient)]
        return render_template(
            "demo/mailbox.html", entries=found[:MOST_SHOWN], total=len(found), recipient=recipient
        )

    @blueprint.get("/mailbox/<key>")
    def mail(key: str) -> ResponseReturnValue:
        """One mail: as HTML in a frame that may do nothing, and as text."""
        return render_template("demo/mail.html", entry=box.get(key))

    @blueprint.get("/mailbox/<key>/html")
    def mail_html(key: str) -> ResponseReturnValue:
        """The mail's own HTML, for the frame. Its links open in the whole window."""
        content = box.get(key).html.replace("<head>", f"<head>{LINKS_LEAVE_THE_FRAME}", 1)
        headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return Response(content, mimetype="text/html", headers=headers)


def _is_for(entry: MailboxEntry, recipient: str) -> bool:
    return recipient.lower() in entry.recipient.lower()
