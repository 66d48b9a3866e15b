"""Many paying customers at once, for measurements: the rules of billing say what happened and when, a few
statements write it for thousands of customers each.
"""
