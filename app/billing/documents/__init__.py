"""Documents as values: what each kind prints, which is due when, and how it is stored (design §2.10).

An issued document is a snapshot. Whatever a reader of the paper can see is in these values; nothing else is,
so that a worker or an archive can make the same file years later.
"""
