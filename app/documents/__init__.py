"""Documents as PDF files: values of `app.billing.document_data` in, bytes out; no database, no web."""
