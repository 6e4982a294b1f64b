from tests.test_bodies import *  # noqa: F403 - the same tests
