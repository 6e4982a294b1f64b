"""Tests, through the real parts."""
