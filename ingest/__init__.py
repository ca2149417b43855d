"""Bytes and rows become observations, and observations become the record."""
