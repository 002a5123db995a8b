"""What Harbor & Pine Landscaping sells, and the jobs it sells them in."""

from dataclasses import dataclass
from decimal import Decimal

SERVICE, MATERIAL = "Service", "NonInventory"
RETIRED = "Railroad ties, reclaimed"

# Name, type, price, what the customer reads. Labour is not taxable in California, materials are.
ITEMS = (
    (
        "Monthly maintenance, residential",
        SERVICE,
        "185.00",
        "Garden maintenance, weekly visits",
    ),
    (
        "Monthly maintenance, commercial",
        SERVICE,
        "640.00",
        "Grounds maintenance, weekly visits",
    ),
    ("Mowing and edging", SERVICE, "65.00", "Mowing and edging, per visit"),
    (
        "Hedge and shrub trimming",
        SERVICE,
        "72.00",
        "Hedge and shrub trimming, per hour",
    ),
    ("Tree pruning", SERVICE, "95.00", "Tree pruning, per hour, two climbers"),
    ("Stump grinding", SERVICE, "160.00", "Stump grinding, per stump"),
    ("Spring cleanup", SERVICE, "58.00", "Spring cleanup, per hour"),
    ("Fall cleanup", SERVICE, "58.00", "Fall cleanup, per hour"),
    (
        "Irrigation check",
        SERVICE,
        "120.00",
        "Irrigation system check and winter settings",
    ),
    ("Irrigation repair", SERVICE, "88.00", "Irrigation repair, per hour"),
    ("Landscape design", SERVICE, "110.00", "Landscape design, per hour"),
    ("Planting labor", SERVICE, "54.00", "Planting, per hour"),
    ("Hardscape labor", SERVICE, "78.00", "Hardscape construction, per hour"),
    (
        "Aeration and overseeding",
        SERVICE,
        "0.035",
        "Aeration and overseeding, per square foot",
    ),
    ("Green waste hauling", SERVICE, "140.00", "Green waste hauling, per load"),
    ("Delivery", SERVICE, "95.00", "Delivery"),
    (
        "Mulch, double-shredded",
        MATERIAL,
        "62.50",
        "Double-shredded redwood mulch, per cubic yard",
    ),
    ("Topsoil, screened", MATERIAL, "48.00", "Screened topsoil, per cubic yard"),
    ("Sod, tall fescue", MATERIAL, "0.92", "Tall fescue sod, per square foot"),
    ("Shrub, 5 gallon", MATERIAL, "38.50", "Shrub, 5 gallon"),
    ("Tree, 15 gallon", MATERIAL, "118.00", "Tree, 15 gallon"),
    ("Drip line and fittings", MATERIAL, "1.35", "Drip line and fittings, per foot"),
    ("Flagstone", MATERIAL, "420.00", "Flagstone, Three Rivers, per ton"),
    ("Pavers", MATERIAL, "6.85", "Concrete pavers, per square foot"),
    (RETIRED, MATERIAL, "24.00", "Reclaimed railroad tie"),
)

PRICES = {name: Decimal(price) for name, _, price, _ in ITEMS}
DESCRIPTIONS = {name: description for name, _, _, description in ITEMS}
MATERIALS = {name for name, kind, _, _ in ITEMS if kind == MATERIAL}


@dataclass(frozen=True)
class Job:
    """A kind of work: the months it happens in and its lines as (item, least, most, step of the quantity)."""

    months: frozenset[int]
    lines: tuple[tuple[str, str, str, str], ...]
    memo: str
    business_only: bool = False


def _job(
    months: str,
    memo: str,
    *lines: tuple[str, str, str, str],
    business_only: bool = False,
) -> Job:
    return Job(frozenset(int(month) for month in months.split()), lines, memo, business_only)


JOBS = (
    _job(
        "2 3 4 5",
        "Thank you. The beds are ready for summer.",
        ("Spring cleanup", "4", "14", "0.5"),
        ("Mulch, double-shredded", "2", "9", "1"),
        ("Green waste hauling", "1", "2", "1"),
    ),
    _job(
        "10 11 12",
        "Gutters of the shed are cleared as well.",
        ("Fall cleanup", "4", "12", "0.5"),
        ("Green waste hauling", "1", "3", "1"),
    ),
    _job(
        "3 4 5 9 10 11",
        "New plants are guaranteed for one year if watered as agreed.",
        ("Planting labor", "5", "16", "0.25"),
        ("Shrub, 5 gallon", "6", "30", "1"),
        ("Tree, 15 gallon", "1", "5", "1"),
        ("Topsoil, screened", "2", "8", "1"),
        ("Delivery", "1", "1", "1"),
    ),
    _job(
        "4 5 6 7 8 9",
        "Timer is set to the city's watering days.",
        ("Irrigation repair", "1.5", "7", "0.25"),
        ("Drip line and fittings", "40", "350", "5"),
    ),
    _job("10 11", "System is off until March.", ("Irrigation check", "1", "1", "1")),
    _job(
        "1 2 11 12",
        "Storm damage to the oak is photographed for your insurer.",
        ("Tree pruning", "4", "16", "0.5"),
        ("Stump grinding", "1", "3", "1"),
        ("Green waste hauling", "1", "4", "1"),
    ),
    _job("5 6 7 8 9", "", ("Hedge and shrub trimming", "2", "9", "0.5")),
    _job("4 5 6 7 8 9", "", ("Mowing and edging", "2", "4", "1")),
    _job(
        "3 4 9 10",
        "Keep off the new lawn for two weeks.",
        ("Sod, tall fescue", "400", "1800", "50"),
        ("Planting labor", "8", "20", "0.5"),
        ("Topsoil, screened", "4", "12", "1"),
        ("Delivery", "1", "2", "1"),
    ),
    _job("4 5 9 10", "", ("Aeration and overseeding", "1200", "7500", "50")),
    _job(
        "5 6 7 8 9 10",
        "Patio as drawn, second drawing.",
        ("Hardscape labor", "24", "64", "1"),
        ("Pavers", "220", "720", "10"),
        ("Delivery", "1", "2", "1"),
        business_only=True,
    ),
    _job(
        "6 7 8 9",
        "",
        ("Hardscape labor", "10", "28", "1"),
        ("Flagstone", "1", "4", "0.5"),
        ("Delivery", "1", "1", "1"),
    ),
    _job(
        "1 2 3",
        "Three sketches and a planting list.",
        ("Landscape design", "4", "14", "0.5"),
    ),
)
