"""Collects what a translation makes: prepared for Phoenix, encoded once, grouped by asset, in blocks that can travel."""

from scanner.collecting.blocks import AssetBlock, absorb
from scanner.collecting.collector import Collector
from scanner.collecting.counts import Counts
from scanner.collecting.grouping import Grouped, head, in_place_of_none, regroup

__all__ = ["AssetBlock", "Collector", "Counts", "Grouped", "absorb", "head", "in_place_of_none", "regroup"]
