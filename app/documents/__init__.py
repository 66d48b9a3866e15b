"""Documents as PDF files: values of `app.billing.documents` in, bytes out; no database, no web."""
