"""What a customer has chosen so far."""

from dataclasses import dataclass, field


@dataclass
class Basket:
    customer: str
    cheeses: list[str] = field(default_factory=list)
    gift_wrapped: bool = False
