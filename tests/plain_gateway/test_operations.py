from tests.test_operations import *  # noqa: F403 - the same tests
