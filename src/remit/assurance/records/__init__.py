"""Evidence in: records of our own tools, and files of other tools read as records.

``read_record`` finds out which format some bytes are in; a format nobody knows is refused, never ignored;
``read_bytes`` gets the bytes of a file within bounds. ``seal`` and
``compose`` make records, ``wrap`` makes one of a foreign file for a person who says what it speaks of.
"""

from remit.assurance.records.files import read_bytes
from remit.assurance.records.reading import read_record
from remit.assurance.records.sealing import compose, seal
from remit.assurance.records.wrapping import wrap

__all__ = ["compose", "read_bytes", "read_record", "seal", "wrap"]
