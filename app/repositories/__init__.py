"""Queries: one file per aggregate, a session given once, arguments in the words of the business."""
