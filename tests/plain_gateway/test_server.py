from tests.test_server import *  # noqa: F403 - the same tests
