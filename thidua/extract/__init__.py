"""Information extraction: from an article's text to proposed facts, each with its passages. Nothing is published here.

What may enter: rules over names of the graph's own registry, proposals, curators' decisions and their scores. What may
not: HTTP that is served, and facts that nobody decided.
"""
