"""Evidence in: records of our own tools, and files of other tools read as records.

``read_record`` finds out which format some bytes are in; a format nobody knows is refused, never ignored. ``seal`` and
``compose`` make records, ``wrap`` makes one of a foreign file for a person who says what it speaks of.
"""

from remit.assurance.records.reading import read_record
from remit.assurance.records.sealing import compose, seal
from remit.assurance.records.wrapping import wrap

__all__ = ["compose", "read_record", "seal", "wrap"]
