from tests.test_memento import *  # noqa: F403 - the same tests
