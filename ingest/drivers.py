"""Every device by the name people type: written out by hand, nothing registers itself."""

from collections.abc import Mapping
from types import MappingProxyType

from ingest.devices import Decoder
from ingest.devices.berry_bci import BerryBci
from ingest.devices.contec_5byte import Contec5Byte
from ingest.devices.contec_v7 import ContecV7
from ingest.devices.dinamap import Dinamap
from ingest.devices.par_nibp import ParNibp
from ingest.devices.suntech_nibp import SuntechNibp

DEVICES: Mapping[str, type[Decoder]] = MappingProxyType(
    {
        "berry-bci": BerryBci,
        "contec-5byte": Contec5Byte,
        "contec-v7": ContecV7,
        "dinamap": Dinamap,
        "par-nibp": ParNibp,
        "suntech-nibp": SuntechNibp,
    }
)
