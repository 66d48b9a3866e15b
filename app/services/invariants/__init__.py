"""What must always hold in the stored data, asked from the database itself (design §2.7).

Each invariant is one query for the rows that break it. Walls in the database guard most of them; the
queries find out when a wall was missing, a backup half restored, or a row repaired by hand.
"""

from app.services.invariants.checking import INVARIANTS, Verdict, check_invariants, guard_invariants
from app.services.invariants.invariant import Invariant

__all__ = ["INVARIANTS", "Invariant", "Verdict", "check_invariants", "guard_invariants"]
