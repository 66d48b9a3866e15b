"""What the API takes and gives."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.billing.check import CheckCode
from app.billing.subscription import SubscriptionStatus

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
INSTANT: dict[str, Any] = {"format": "date-time"}


def _printable(value: str) -> None:
    """Control characters and halves of surrogate pairs can't be stored or shown."""
    if UNPRINTABLE.search(value):
        raise ValidationError("must not contain control characters.")


def _text(longest: int, description: str, *, required: bool = True, **metadata: Any) -> fields.String:
    return fields.String(
        required=required,
        validate=[validate.Length(1, longest), _printable],
        metadata={"description": description, "pattern": r"^[^\u0000-\u001f\u007f]*$", **metadata},
    )


class CheckQuerySchema(Schema):
    """The parameters of the check. `accountId` is opaque and echoed byte for byte."""

    connector = _text(64, "Slug of the connector", example="crm-connector")
    accountId = _text(128, "Make account, 1-128 characters, opaque")  # noqa: N815 - fixed by seed 003
    operationId = _text(  # noqa: N815 - JSON of the API is camel case
        128,
        "Your own id of the operation. Where operations are paid for, the same id within 24 hours is the same"
        " operation: it is counted once, however often it is asked for. Ignored elsewhere",
        required=False,
        example="execution-4711-bundle-3",
    )


class CheckAnswerSchema(Schema):
    """The answer of the check: `allowed` is the one verdict."""

    allowed = fields.Boolean(required=True)
    active = fields.Boolean(required=True)
    hasAccess = fields.Boolean(required=True)  # noqa: N815 - seed 003
    accountId = fields.String(required=True, allow_none=True)  # noqa: N815 - seed 003
    message = fields.String(required=True, metadata={"description": "In the customer's language"})
    code = fields.String(required=True, validate=validate.OneOf([code.value for code in CheckCode]))
    status = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([None, *(status.value for status in SubscriptionStatus)]),
    )
    validUntil = fields.String(required=True, allow_none=True, metadata=INSTANT)  # noqa: N815 - design §5
    graceUntil = fields.String(required=True, allow_none=True, metadata=INSTANT)  # noqa: N815 - design §5
    stale = fields.Boolean(required=True)
    requestId = fields.String(required=True)  # noqa: N815 - design §5
    serverTime = fields.String(required=True, metadata=INSTANT)  # noqa: N815 - design §5


class UsageReportSchema(Schema):
    """A connector's own statistics."""

    connector = _text(64, "Slug of the connector", example="crm-connector")
    operation = _text(64, "What the connector did", example="getContact")
    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    idempotencyKey = _text(  # noqa: N815 - JSON of the API is camel case
        128, "The same for every repetition of this report"
    )


class UsageAnswerSchema(Schema):
    """Whether the report was new."""

    accepted = fields.Boolean(required=True)
    duplicate = fields.Boolean(required=True)


class ApiErrorSchema(Schema):
    """Every error of the API."""

    code = fields.String(required=True)
    message = fields.String(required=True)
