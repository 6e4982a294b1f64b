"""Columnar copy of a version's default graph: its making, and SPARQL compiled to SQL over it. No SPARQL is run here.

The copy answers what it can answer exactly, and refuses the rest by name; the triple store answers that.
"""
