"""How every node of a case stands: health and freshness, worked out from the evidence upwards."""
