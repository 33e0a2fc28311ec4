"""Undoing: payments reversed or charged back, payments out that came back."""
