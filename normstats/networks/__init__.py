"""Networks of layers: written as a chain, propagated forward and backward, layer by layer."""
