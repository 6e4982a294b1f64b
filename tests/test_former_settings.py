"""Settings that have another name by now are still known by the one that they had."""

import pytest

from thidua.base.limits import FORMER, Limits
from thidua.base.settings import read_settings


@pytest.mark.parametrize("former", FORMER)
def test_it_says_the_same(former: str) -> None:
    name = FORMER[former]
    read = read_settings({f"THIDUA_{former}": "7"})
    assert read[name] == "7" and former not in read
    assert getattr(Limits.read(read), name.lower()) == 7


@pytest.mark.parametrize("former", FORMER)
def test_beside_its_new_name_it_says_nothing(former: str) -> None:
    name = FORMER[former]
    assert read_settings({f"THIDUA_{former}": "7", f"THIDUA_{name}": "3"})[name] == "3"
