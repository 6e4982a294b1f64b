"""Information extraction: from an article's text to proposed facts, each with its passages. Rules over names of the graph's
own registry, proposals, curators' decisions and their scores may enter; no HTTP that is served, and no fact that nobody
decided.
"""
