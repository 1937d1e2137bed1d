import pytest

from benchmarks.figure import Figure, at_least, at_most


@pytest.mark.parametrize(
    ("value", "floor", "target", "met"),
    [
        (3.0, 2.0, at_most(1.5), True),
        (3.1, 2.0, at_most(1.5), False),
        (30.0, 100.0, at_least(0.3), True),
        (29.0, 100.0, at_least(0.3), False),
        (29.0, None, at_most(30), True),
        (31.0, None, at_most(30), False),
        (1.0, 2.0, None, None),
    ],
)
def test_target_is_of_the_ratio_where_there_is_a_floor(value, floor, target, met):
    assert Figure(name="", value=value, unit="s", floor=floor, target=target).met is met
