"""Plans the demo company's work: which customer gets which invoice on which day. Pure, no company needed.

The plan depends on today and a fixed seed only, so the same day always gives the same company file.
"""

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from emulator.seed.catalog import DESCRIPTIONS, JOBS, PRICES, RETIRED, Job
from emulator.seed.people import GONE, LONG_NAME, OVERPAYER, Person, people

MONTHS_OF_HISTORY = 18
INVOICES = 300
HOUSE, GROUNDS = "Monthly maintenance, residential", "Monthly maintenance, commercial"
GONE_LAST_ORDER_DAYS_AGO = 240
# How busy a month is, of ten.
SEASON = {1: 4, 2: 5, 3: 9, 4: 10, 5: 10, 6: 8, 7: 7, 8: 7, 9: 8, 10: 9, 11: 8, 12: 4}


@dataclass(frozen=True)
class OrderLine:
    """One thing sold. `price` is per unit, in dollars."""

    item: str
    quantity: Decimal
    price: Decimal
    description: str


@dataclass(frozen=True)
class Order:
    """One invoice to be. `discount` is in percent; `fate` is "habit" (paid as this customer pays), "never",
    "half", "overpaid" or "void"."""

    customer: str
    on: date
    lines: tuple[OrderLine, ...]
    memo: str = ""
    note: str = ""
    discount: Decimal | None = None
    fate: str = "habit"


def plan(today: date) -> list[Order]:
    """All invoices of the last 18 months, oldest first; as many as INVOICES, the last one dated today."""
    rng = random.Random("Harbor & Pine")
    start = months_before(today, MONTHS_OF_HISTORY)
    orders = _scenes(today) + _contracts(today, rng)
    orders += _projects(start, today, INVOICES - len(orders), rng)
    return sorted(orders, key=lambda order: order.on)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def line(item: str, quantity: str | Decimal, price: Decimal | None = None, note: str = "") -> OrderLine:
    """A line at the list price unless another one is given."""
    return OrderLine(
        item,
        Decimal(quantity),
        PRICES[item] if price is None else price,
        note or DESCRIPTIONS[item],
    )


def _contracts(today: date, rng: random.Random) -> list[Order]:
    """One invoice on the first of each month for everybody with a contract."""
    orders = []
    for person in people():
        price = _contract_price(person, rng)
        for ago in range(person.monthly):
            first = months_before(today.replace(day=1), ago)
            orders.append(
                Order(
                    person.name,
                    first,
                    _contract_lines(person, first, price),
                    _month_memo(person, first),
                )
            )
    return orders


def _contract_price(person: Person, rng: random.Random) -> Decimal:
    if person.company or person.parent:
        return PRICES[GROUNDS] + 20 * rng.randrange(0, 14)
    return PRICES[HOUSE] + 5 * rng.randrange(0, 9)


def _contract_lines(person: Person, first: date, price: Decimal) -> tuple[OrderLine, ...]:
    business = bool(person.company or person.parent)
    maintenance = line(GROUNDS if business else HOUSE, "1", price, f"Weekly maintenance, {first:%B %Y}")
    if not business or first.month not in (3, 10):
        return (maintenance,)
    # Twice a year the beds are mulched along with the contract: materials, so these invoices carry sales tax.
    return maintenance, line("Mulch, double-shredded", str(3 + len(person.name) % 5))


def _month_memo(person: Person, first: date) -> str:
    if person.parent:
        return f"{person.name}: grounds maintenance for {first:%B}."
    return "Rain days are made up in the following week." if first.month in (12, 1, 2) else ""


def _projects(start: date, today: date, count: int, rng: random.Random) -> list[Order]:
    buyers = [person for person in people() if person.projects]
    weights = [3 if person.company else 2 for person in buyers]
    orders: list[Order] = []
    while len(orders) < count:
        buyer = rng.choices(buyers, weights)[0]
        on = _working_day(start + timedelta(days=rng.randrange(1, (today - start).days)))
        jobs = [job for job in JOBS if on.month in job.months and (buyer.company or not job.business_only)]
        still_buys = buyer.name != GONE or (today - on).days > GONE_LAST_ORDER_DAYS_AGO
        if still_buys and rng.randrange(10) < SEASON[on.month]:
            orders.append(_project(buyer, on, rng.choice(jobs), rng))
    return orders


def _project(buyer: Person, on: date, job: Job, rng: random.Random) -> Order:
    lines = tuple(line(item, _quantity(bounds, rng)) for item, *bounds in job.lines)
    # Not every job needs every material.
    kept = tuple(part for number, part in enumerate(lines) if number == 0 or rng.random() < 0.75)
    discount = Decimal(rng.choice((5, 10))) if rng.random() < 0.06 else None
    note = "Repeat customer discount as agreed on the phone." if discount else ""
    return Order(buyer.name, on, kept, job.memo if rng.random() < 0.6 else "", note, discount)


def _quantity(bounds: list[str], rng: random.Random) -> Decimal:
    least, most, step = (Decimal(bound) for bound in bounds)
    return least + step * rng.randint(0, int((most - least) / step))


def _working_day(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _scenes(today: date) -> list[Order]:
    """What must be there whatever the dice say: each age of debt, a void, an overpayment, a retired item."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    return [
        Order(
            "Vandermeer & Osei Architects",
            ago(52),
            _PATIO,
            "Courtyard, first phase.",
            "Femke is on leave.",
            fate="never",
        ),
        Order(
            "Oyster Point Marina & Boatyard",
            ago(82),
            _DOCK_TREES,
            note="Wants it in the next budget.",
            fate="never",
        ),
        Order(
            "Port of Santa Lucia Authority",
            ago(146),
            _PROMENADE,
            "PO 88-1042. Promenade, phase II.",
            fate="never",
        ),
        Order(
            "Dale Abernathy",
            ago(151),
            _STUMPS,
            note="Disputes one stump. Called twice.",
            fate="never",
        ),
        Order(
            LONG_NAME,
            ago(172),
            _TRUST_GARDEN,
            "Rose garden, as approved by the trustee.",
            fate="never",
        ),
        Order(
            "Brightwater Builders Inc.",
            ago(75),
            _WALK,
            "Lot 12, front walk.",
            "Half now, half later.",
            fate="half",
        ),
        Order(
            "Mei-Ling Cho",
            ago(104),
            (line("Hedge and shrub trimming", "3.5"),),
            note="Moved house.",
            fate="never",
        ),
        Order("Arthur Penhaligon", ago(68), (line("Irrigation repair", "4"),), note="Abroad.", fate="never"),
        Order(
            OVERPAYER,
            ago(64),
            _BEER_GARDEN,
            "Beer garden planters.",
            "Paid $50.00 too much.",
            fate="overpaid",
        ),
        Order(
            "Priya Raman",
            ago(95),
            (line("Mowing and edging", "3"),),
            note="Entered twice.",
            fate="void",
        ),
        Order(
            "Brightwater Builders Inc.",
            ago(470),
            (line(RETIRED, "60"), line("Delivery", "1")),
            "Raised beds, lot 9.",
        ),
        Order(
            "Larkspur Montessori School",
            ago(20),
            _SCHOOL,
            "Nonprofit rate.",
            discount=Decimal(10),
            fate="never",
        ),
        Order(
            "Theodora Vance",
            ago(1),
            (line("Irrigation repair", "2.25"), line("Drip line and fittings", "65")),
        ),
        Order(
            "Ashgrove Homeowners Association",
            today,
            _HEDGES,
            "Hedges along the east side.",
        ),
    ]


_PATIO = (line("Hardscape labor", "46"), line("Pavers", "540"), line("Delivery", "2"))
_DOCK_TREES = (line("Tree pruning", "13.5"), line("Green waste hauling", "3"))
_PROMENADE = (
    line("Planting labor", "84"),
    line("Tree, 15 gallon", "48"),
    line("Shrub, 5 gallon", "160"),
    line("Topsoil, screened", "42"),
    line("Drip line and fittings", "1150"),
    line("Delivery", "4"),
)
_STUMPS = (line("Stump grinding", "3"), line("Green waste hauling", "1"))
_TRUST_GARDEN = (
    line("Planting labor", "22.5"),
    line("Shrub, 5 gallon", "34"),
    line("Topsoil, screened", "6"),
)
_BEER_GARDEN = (
    line("Planting labor", "9"),
    line("Shrub, 5 gallon", "14"),
    line("Topsoil, screened", "4"),
)
_SCHOOL = (
    line("Fall cleanup", "11"),
    line("Mulch, double-shredded", "12"),
    line("Green waste hauling", "2"),
)
_WALK = (line("Hardscape labor", "18"), line("Flagstone", "2.5"), line("Delivery", "1"))
_HEDGES = (line("Hedge and shrub trimming", "7.5"), line("Green waste hauling", "1"))
