"""Every device by the name people type: written out by hand, nothing registers itself."""

from collections.abc import Mapping
from types import MappingProxyType

from ingest.devices import Decoder
from ingest.devices.berry_bci import BerryBci
from ingest.devices.contec_5byte import Contec5Byte
from ingest.devices.contec_v7 import ContecV7
from ingest.devices.dinamap import Dinamap
from ingest.devices.nonin_df13 import NoninDf13
from ingest.devices.nonin_packets import NoninDf2, NoninDf7
from ingest.devices.nonin_seconds import NoninAscii, NoninDf1, NoninDf8
from ingest.devices.par_nibp import ParNibp
from ingest.devices.suntech_nibp import SuntechNibp

DEVICES: Mapping[str, type[Decoder]] = MappingProxyType(
    {
        "berry-bci": BerryBci,
        "contec-5byte": Contec5Byte,
        "contec-v7": ContecV7,
        "dinamap": Dinamap,
        "nonin-ascii": NoninAscii,
        "nonin-df1": NoninDf1,
        "nonin-df13": NoninDf13,
        "nonin-df2": NoninDf2,
        "nonin-df7": NoninDf7,
        "nonin-df8": NoninDf8,
        "par-nibp": ParNibp,
        "suntech-nibp": SuntechNibp,
    }
)
