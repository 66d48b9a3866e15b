"""Every seeded defect."""

from tests.defects.charges import CHARGES
from tests.defects.documents import DOCUMENTS
from tests.defects.locks import LOCKS
from tests.defects.money_back import MONEY_BACK
from tests.defects.people import PEOPLE
from tests.defects.prices import PRICES
from tests.defects.refunds import REFUNDS
from tests.defects.renewals import RENEWALS
from tests.defects.walls import WALLS

DEFECTS = (*LOCKS, *WALLS, *CHARGES, *REFUNDS, *MONEY_BACK, *RENEWALS, *PRICES, *PEOPLE, *DOCUMENTS)
