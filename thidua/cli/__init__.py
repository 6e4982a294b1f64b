"""The command line. Exit codes: 0 done, 2 wrong use, 3 no store, 4 wrong data, 1 anything else."""

import click

from thidua.cli import graph, history, links, service


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="thidua")
def main() -> None:
    """The graph of Vietnam's provincial emulation clusters (cụm thi đua).

    \b
    thidua build                                   build the graph
    thidua ask who-led --year 2023                 ask a catalogued question
    thidua query 'SELECT * { ?s ?p ?o } LIMIT 5'   ask in SPARQL
    thidua serve                                   serve it over HTTP
    thidua load data/sources/new.ttl               write one source into the store
    thidua link check                              are the links to Wikidata still good
    thidua versions                                what was, and what is
    """


for command in (*graph.COMMANDS, *history.COMMANDS, *links.COMMANDS, *service.COMMANDS):
    main.add_command(command)
