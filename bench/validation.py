"""Full validation of synthetic registers: the engine selecting what pySHACL judges, beside pySHACL visiting all.

Run: python -m bench.validation --help
"""

import resource
import time

import click

from bench.generate import BASE, Register
from thidua.base.files import ProjectFiles
from thidua.base.terms import ID
from thidua.checks.shacl import read_shapes, validate
from thidua.rdf.quads import QuadStore


def loaded(conferrals: int, vocabulary: list[str]) -> QuadStore:
    """A register in memory with our ontology; its IRIs are made to look like ours, which the shapes ask for."""
    store = QuadStore.memory()
    store.change(None, add=vocabulary)
    register, some = Register(conferrals), []
    for line in register.lines("nt"):
        some.append(line.replace(BASE + "id/", ID)[:-3])
        if len(some) == 100_000:
            store.change(None, add=some)
            some = []
    store.change(None, add=some)
    return store


@click.command()
@click.option("--conferrals", default="2000,20000", show_default=True, help="Sizes, in turn.")
@click.option("--visit-all-up-to", default=20_000, show_default=True, help="The largest size that pySHACL visits.")
def main(conferrals: str, visit_all_up_to: int) -> None:
    """Validate registers of several sizes; prints a table in Markdown.

    The findings of both ways must be the same. Memory is the most that the process ever had, the register included.
    """
    files = ProjectFiles.find()
    shapes = read_shapes(files.shapes)
    vocabulary = QuadStore.memory()
    for file in files.vocabulary:
        vocabulary.load_turtle(file.path, "urn:vocabulary", file.path.name)
    click.echo("| conferrals | triples | findings | selecting, s | µs a conferral | pySHACL alone, s | times | MiB |")
    click.echo("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for size in (int(number) for number in conferrals.replace("_", "").split(",")):
        store = loaded(size, sorted(vocabulary.lines("urn:vocabulary")))
        begun = time.perf_counter()
        found = validate(store, shapes)
        seconds = time.perf_counter() - begun
        alone, ratio = "", ""
        if size <= visit_all_up_to:
            begun = time.perf_counter()
            if set(validate(store, shapes, visit_all=True)) != set(found):
                raise click.ClickException(f"the findings differ at {size} conferrals")
            alone, ratio = f"{time.perf_counter() - begun:.1f}", f"{(time.perf_counter() - begun) / seconds:.0f}"
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        each = 1e6 * seconds / size
        click.echo(
            f"| {size:,} | {store.size(None):,} | {len(found):,} | {seconds:.2f} | {each:.0f} | {alone} | {ratio} "
            f"| {most:,.0f} |"
        )


if __name__ == "__main__":
    main()
