from tests.test_writes import *  # noqa: F403 - the same tests
