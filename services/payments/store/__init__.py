"""Whoever asks for the metadata gets every table of it, in whichever file it is described."""

from services.payments.store import bank_tables, finance_tables

__all__ = ["bank_tables", "finance_tables"]
