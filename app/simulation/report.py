"""What a story came to, for programs and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.simulation.journal import Violation


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one story. Counts are of the whole story."""

    seed: int
    customers: int
    months: int
    with_faults: bool
    digest: str
    violations: list[Violation]
    charges: int
    """Charges whose money the provider took."""
    taken: dict[str, int]
    """How much money that was, in minor units by currency."""
    refunds: int
    """Refunds that the provider sent."""
    disputes: int
    transfers: int
    faults: dict[str, int]
    kills: dict[str, int]
    deeds: dict[str, int]
    refusals: dict[str, int]
    checks: dict[str, int]
    mails: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The report as one document: totals first, then what they are made of."""
        return {
            "seed": self.seed,
            "customers": self.customers,
            "months": self.months,
            "digest": self.digest,
            "violations": len(self.violations),
            "charges": self.charges,
            "faults": sum(self.faults.values()),
            "kills": sum(self.kills.values()),
            "with_faults": self.with_faults,
            "taken": self.taken,
            "refunds": self.refunds,
            "disputes": self.disputes,
            "transfers": self.transfers,
            "violated": [
                {"kind": each.kind, "text": each.text, "at": each.at.isoformat()} for each in self.violations
            ],
            "faults_by_kind": self.faults,
            "kills_by_point": self.kills,
            "deeds": self.deeds,
            "refusals": self.refusals,
            "checks": self.checks,
            "mails": self.mails,
        }

    def as_text(self) -> str:
        """The report for a person at a terminal."""
        money = ", ".join(f"{minor / 100:,.2f} {currency}" for currency, minor in self.taken.items())
        lines = [
            f"{self.customers} customers, {self.months} months, seed {self.seed}"
            + (", with faults" if self.with_faults else ""),
            f"charges    {self.charges} taken ({money}), {self.transfers} bank transfers",
            f"back       {self.refunds} refunds by the provider, {self.disputes} disputes",
            f"checks     {_listed(self.checks)}",
            f"mails      {sum(self.mails.values())} of {len(self.mails)} kinds",
            f"faults     {sum(self.faults.values())}: {_listed(self.faults)}",
            f"kills      {sum(self.kills.values())}: {_listed(self.kills)}",
            f"digest     {self.digest}",
            f"violations {len(self.violations)}",
        ]
        lines += [f"  {each.at:%Y-%m-%d %H:%M} {each.kind}: {each.text}" for each in self.violations]
        return "\n".join(lines)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
