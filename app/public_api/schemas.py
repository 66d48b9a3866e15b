"""What the API takes and gives."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

PRINTABLE = validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error="must not contain control characters")


class CheckQuerySchema(Schema):
    """The parameters of the check. `accountId` is opaque and echoed byte for byte."""

    connector = fields.String(
        required=True,
        validate=[validate.Length(1, 64), PRINTABLE],
        metadata={"description": "Slug of the connector", "example": "crm-connector"},
    )
    accountId = fields.String(  # noqa: N815 - the name is fixed by the connectors (seed 003)
        required=True,
        validate=[validate.Length(1, 128), PRINTABLE],
        metadata={"description": "Make account, 1-128 characters, opaque"},
    )


class CheckAnswerSchema(Schema):
    """The answer of the check: `allowed` is the one verdict."""

    allowed = fields.Boolean(required=True)
    active = fields.Boolean(required=True)
    hasAccess = fields.Boolean(required=True)  # noqa: N815 - seed 003
    accountId = fields.String(required=True, allow_none=True)  # noqa: N815 - seed 003
    message = fields.String(required=True)
    code = fields.String(required=True)
    status = fields.String(required=True, allow_none=True)
    validUntil = fields.String(required=True, allow_none=True)  # noqa: N815 - design §5
    graceUntil = fields.String(required=True, allow_none=True)  # noqa: N815 - design §5
    stale = fields.Boolean(required=True)
    requestId = fields.String(required=True)  # noqa: N815 - design §5
    serverTime = fields.String(required=True)  # noqa: N815 - design §5


class UsageReportSchema(Schema):
    """A connector's own statistics."""

    connector = fields.String(required=True, validate=[validate.Length(1, 64), PRINTABLE])
    operation = fields.String(required=True, validate=[validate.Length(1, 64), PRINTABLE])
    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    idempotencyKey = fields.String(  # noqa: N815 - JSON of the API is camel case
        required=True, validate=[validate.Length(1, 128), PRINTABLE]
    )


class UsageAnswerSchema(Schema):
    """Whether the report was new."""

    accepted = fields.Boolean(required=True)
    duplicate = fields.Boolean(required=True)


class ApiErrorSchema(Schema):
    """Every error of the API."""

    code = fields.String(required=True)
    message = fields.String(required=True)
