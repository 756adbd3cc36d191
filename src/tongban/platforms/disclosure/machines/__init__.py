"""The public catalogue for machines: harvested, subscribed to, crawled, taken whole. One description of a record serves all."""
