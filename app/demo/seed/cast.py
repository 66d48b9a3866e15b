"""Who plays which story: sixty customers, every state that exists, with the way that led there."""

from __future__ import annotations

from functools import partial

from app.billing.invoice import PaymentMethodKind
from app.demo.seed.acts import Plot
from app.demo.seed.care import (
    blocked,
    given_days,
    given_goodwill,
    refunded,
    wants_money_back,
    with_lost_key,
    with_many_keys,
)
from app.demo.seed.offers import PROMO_CODE
from app.demo.seed.renewing import (
    by_transfer,
    continuing,
    loyal,
    moved,
    per_operation,
    resumed,
    to_the_year,
    unpaid_renewal,
    without_renewal,
)
from app.demo.seed.stories import (
    bought_on_trial,
    canceled,
    declined_later,
    demo,
    newcomer,
    on_trial,
    onlooker,
    with_a_promo_code,
    with_a_year,
    with_open_order,
    with_two_accounts,
    with_waiting_key,
)

OF_COMPANIES: tuple[Plot, ...] = (
    partial(by_transfer, months=5, ends_in=12),
    partial(by_transfer, months=3, ends_in=5, overpays=100_000),
    partial(by_transfer, months=1, ends_in=-2, pays=False),
    partial(with_open_order, days=2, method=PaymentMethodKind.BANK_TRANSFER),
)
"""Bank transfers are for Russian companies."""
OF_ANYBODY: tuple[Plot, ...] = (
    *(partial(newcomer, days=days) for days in (0.4, 40)),
    *(partial(onlooker, days=days) for days in (1, 12, 200)),
    *(partial(on_trial, days=days) for days in (0.3, 2, 3.5, 6.2)),
    partial(on_trial, days=6.6, connectors=3),
    partial(on_trial, days=1.2, connectors=1, uses=False),
    partial(on_trial, days=8),
    *(partial(continuing, days=days) for days in (5.4, 27)),
    partial(with_open_order, days=0.2),
    partial(with_open_order, days=5, at_the_page=True),
    partial(with_open_order, days=11),
    partial(with_open_order, days=19, at_the_page=True),
    partial(declined_later, days=9),
    *(
        partial(loyal, months=months, turns_in=days)
        for months, days in ((12, 5), (10, 12), (8, 20), (5, 5), (3, 12), (2, 20))
    ),
    partial(loyal, months=10, turns_in=5, connectors=3),
    *(
        partial(with_a_year, months=months, turns_in=days)
        for months, days in ((12, 12), (9, 20), (3, 5), (1, 20))
    ),
    *(partial(bought_on_trial, days=days) for days in (21, 6.5)),
    partial(with_a_promo_code, days=18, code=PROMO_CODE),
    *(partial(canceled, days=days, after=after) for days, after in ((24, 20), (15, 3), (5, 2), (90, 10))),
    *(partial(without_renewal, days=days) for days in (20, 133)),
    *(partial(unpaid_renewal, due=due) for due in (2.6, 7.6, 25)),
    partial(to_the_year, months=2, turns_in=20),
    partial(moved, months=4, turns_in=12),
    partial(resumed, days=95),
    partial(per_operation, months=3, turns_in=20),
    partial(wants_money_back, months=1, turns_in=5),
    partial(refunded, days=16),
    partial(given_days, months=2, turns_in=12),
    partial(given_goodwill, months=3, turns_in=5),
    partial(with_many_keys, months=4, turns_in=20),
    partial(blocked, days=25),
    partial(with_lost_key, months=5, turns_in=12),
    partial(with_waiting_key, days=0.5),
    partial(with_two_accounts, months=3, turns_in=20),
)
PLOTS: tuple[Plot, ...] = (demo, *OF_COMPANIES, *OF_ANYBODY)
"""The story of each of the sixty; the first is the visitor's own."""
