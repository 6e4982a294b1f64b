"""The graph for language models and their agents, over the Model Context Protocol. Nothing that writes, no pages."""
