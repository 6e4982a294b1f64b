"""Information extraction: proposed facts of an article, with their passages, and what curators decide. Nothing is published.

What may enter: rules over names of the graph's own registry, proposals, decisions and their scores. What may not: HTTP
that is served.
"""
