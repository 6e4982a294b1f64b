"""Every service of the tests here has the plain gateway; what only the other one promises is left out by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import Server, running

#: What runs by day: of the protocol, of errors, of bodies, of figures and of connections a part each.
BY_DAY: Final = (
    "TestSparqlProtocol",
    "TestErrorsAndHeaders",
    "TestFigures",
    "test_a_question_is_read_whole_or_refused",
    "test_an_entity_tag_from_a_known_shape_is_taken_back",
    "test_in_pieces",
)
#: What docs/gateway.md says the buffering gateway alone does.
NOT_PROMISED: Final = {
    "test_an_endless_head": "a head may be 800 kB long, and holds a thread until it has come",
    "test_a_body_of_more_than_is_sent": "half a body is answered as one, to a client that may have left",
    "test_one_client_cannot_take_all_connections": "nobody's connections are counted",
    "test_a_running_query_ends_and_nobody_new_gets_in": "a port that stops keeps newcomers waiting, and refuses none",
}


@pytest.hookimpl(tryfirst=True)  # before those that do not run tonight are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        name = getattr(item, "originalname", item.name)
        if name in NOT_PROMISED:
            item.add_marker(pytest.mark.skip(reason=f"not promised by the plain gateway: {NOT_PROMISED[name]}"))
        if not any(part in item.nodeid for part in BY_DAY):
            item.add_marker(pytest.mark.nightly)


@pytest.fixture(scope="module", autouse=True)
def plain_gateway() -> Iterator[None]:
    """Whatever service a test starts has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIDUA_GATEWAY", "plain")
        yield


@pytest.fixture(scope="module")
def server(plain_gateway: None, store: Path) -> Iterator[Server]:
    with running(store) as service:
        yield service
