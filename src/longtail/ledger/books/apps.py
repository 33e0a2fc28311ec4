"""The books' name among the applications; plain ``books`` would read as funding's."""

from django.apps import AppConfig


class BooksConfig(AppConfig):
    """The ledger's books: balances of the past, closed periods, proofs of claims."""

    name = "longtail.ledger.books"
    label = "ledger_books"
