from tests.test_repeats import *  # noqa: F403 - the same tests
