"""Ray's fake provider of nodes, for nodes that listen on loopback only. Ray's autoscaler loads it."""

from typing import Any
from unittest.mock import patch

from ray.autoscaler._private.fake_multi_node.node_provider import FakeMultiNodeProvider


class LoopbackProvider(FakeMultiNodeProvider):
    def _create_node_with_resources_and_labels(
        self, node_config: object, tags: object, count: int, resources: dict[str, Any], labels: object
    ) -> None:
        offered = {name: amount for name, amount in resources.items() if name != "memory"}  # Ray's own cannot pass it on
        with patch("ray.util.get_node_ip_address", return_value="127.0.0.1"):
            super()._create_node_with_resources_and_labels(node_config, tags, count, offered, labels)
