from tests.test_w3c_protocols import *  # noqa: F403 - the same tests
