import pytest
import ray


def test_a_unit_test_cannot_start_ray() -> None:
    with pytest.raises(Exception, match="tests/integration"):
        ray.init(num_cpus=1)
