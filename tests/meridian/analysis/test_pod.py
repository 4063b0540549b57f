"""Quantities and requests as Kubernetes reads them."""

from meridian.analysis.pod import needed
from tests.meridian.analysis.machine import pod


def test_containers_add_up_and_init_containers_count_when_larger() -> None:
    """Kubernetes, init containers: the highest of an init request and the sum of app containers."""
    main = [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}, {"resources": {"requests": {"cpu": "500m"}}}]
    init = [{"resources": {"requests": {"cpu": "1200m", "memory": "3Gi"}}}]
    asked = pod("p", spec={"containers": main, "initContainers": init}).requests
    assert dict(asked) == {"pods": 1, "cpu": 1500, "memory": 3 * 2**30}


def test_a_limit_alone_is_a_request() -> None:
    asked = pod(
        "p", spec={"containers": [{"resources": {"limits": {"cpu": "2", "nvidia.com/gpu": "1"}, "requests": {"cpu": "1"}}}]}
    ).requests
    assert (asked["cpu"], asked["nvidia.com/gpu"]) == (1000, 1)


def test_a_majority_is_more_than_half() -> None:
    assert [needed([pod(f"p-{each}", quorum="q") for each in range(count)]) for count in (1, 2, 3, 4, 5)] == [1, 2, 2, 3, 3]
    assert needed([pod(f"p-{each}", quorum="q", needs="any") for each in range(3)]) == 1
