"""RDF values, texts in RDF's syntaxes and SPARQL, sets of quads: the home of pyoxigraph. No versions, no questions."""
