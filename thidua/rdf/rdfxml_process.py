"""RDF/XML parser process: ``python -m thidua.rdf.rdfxml_process SECONDS BYTES BASE``.

It has no network and bounded memory and time. What it reads comes by standard input and leaves as N-Triples; what is
wrong is told on standard error, as JSON.
"""

import json
import resource
import sys

from thidua.base.sandbox import bound_resources, cut_network
from thidua.rdf.rdfxml_reader import n_triples_of_xml


def main(arguments: list[str]) -> None:
    """Read the document.

    :param arguments: seconds of computing and bytes of memory that it may take; the IRI that others are relative to,
        or an empty text.
    """
    seconds, memory = int(arguments[0]), int(arguments[1])
    cut_network()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    bound_resources(memory if most == resource.RLIM_INFINITY else min(memory, most))
    try:
        text = n_triples_of_xml(sys.stdin.buffer.read(), arguments[2] or None)
    except SyntaxError as exc:
        told = {"detail": exc.msg, "line": exc.lineno, "column": exc.offset}
    except ValueError as exc:
        told = {"detail": str(exc), "line": None, "column": None}
    else:
        sys.stdout.buffer.write(text)
        return
    json.dump(told, sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
