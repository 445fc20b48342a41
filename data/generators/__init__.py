"""Grammars and simulators that write the synthetic corpora, with their limits known exactly."""
