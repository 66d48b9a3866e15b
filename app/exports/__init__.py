"""Tables as files for the accountant: XLSX, CSV, XML, with the same rows in all (J4)."""

from app.exports.formats import ExportFormat, write_table

__all__ = ["ExportFormat", "write_table"]
