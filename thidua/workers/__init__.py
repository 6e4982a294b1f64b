"""Processes, and who may use them. No pages, no formats."""
