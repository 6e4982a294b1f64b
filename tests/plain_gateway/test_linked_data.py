from tests.test_linked_data import *  # noqa: F403 - the same tests
