"""The new column and its trigger come; the release that follows writes both columns."""

from price_journeys import (
    a_new_name_leaves_the_price_alone,
    a_price_goes_up_and_down,
    a_price_is_kept,
    the_first_products_have_their_prices,
)

__all__ = [
    "a_new_name_leaves_the_price_alone",
    "a_price_goes_up_and_down",
    "a_price_is_kept",
    "the_first_products_have_their_prices",
]
