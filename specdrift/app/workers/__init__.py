"""Shares the operations of one run among processes of this machine."""
