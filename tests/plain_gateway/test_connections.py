from tests.test_connections import *  # noqa: F403 - the same tests
