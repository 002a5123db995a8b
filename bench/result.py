"""One measured figure and the bound it has to keep."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """`at_least` tells on which side of `bound` the value has to be."""

    name: str
    value: float
    unit: str
    bound: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    @property
    def row(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "holds" if self.holds else "BROKEN"
        return f"{self.name:<16}{self.value:>12,.1f} {self.unit:<20}{sign} {self.bound:<10,g}{verdict}"

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "bound": self.bound,
            "holds": self.holds,
        }
