"""Small parts for learning recurrent networks by doing: data, batches, models, decoding, scores."""

__version__ = "0.1.0"
