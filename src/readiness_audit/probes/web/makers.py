"""
The passwords that makers ship, by product: dated data, with what a product is recognised by.

To add one, write it into `makers_passwords.json`, with where its maker tells the password, and
set the edition to the month.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MOST_PASSWORDS = 2
"""For each account: with one that is made up, which comes first, three attempts are the most there are."""

MOST_ACCOUNTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account that a product comes with."""

    name: str
    passwords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product with the accounts it comes with."""

    name: str
    login: str | None
    """Where it lets people log in; None means: on the page itself."""

    page: tuple[str, ...]
    """Any of these in a page shows that it is this product."""

    realm: tuple[str, ...]
    """Any of these as the realm of a challenge does."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """The list as of one month."""

    edition: str
    products: tuple[Product, ...]

    def recognise(self, page: str, realm: str | None) -> Product | None:
        """Name the product that a page or a challenge is of; None where none is, or several could be."""
        found = [
            product
            for product in self.products
            if (realm is not None and realm in product.realm) or any(text in page for text in product.page)
        ]
        return found[0] if len(found) == 1 else None


@cache
def makers() -> Makers:
    """Read the list."""
    text = (files("readiness_audit.probes.web") / "makers_passwords.json").read_text("utf-8")
    read = json.loads(text)
    products = tuple(
        Product(
            name=one["name"],
            login=one.get("login"),
            page=tuple(one["page"]),
            realm=tuple(one["realm"]),
            accounts=tuple(
                Account(name=account["name"], passwords=tuple(account["passwords"][:MOST_PASSWORDS]))
                for account in one["accounts"][:MOST_ACCOUNTS]
            ),
        )
        for one in read["products"]
    )
    return Makers(edition=read["edition"], products=products)
