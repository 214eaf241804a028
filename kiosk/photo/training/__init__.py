"""Trains the small classifiers from portraits with synthetic edits; identities are never on both sides."""
