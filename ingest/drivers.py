"""Every device and its emulator by the name people type: written out by hand, nothing registers itself."""

from collections.abc import Mapping
from types import MappingProxyType

from ingest.devices import Decoder
from ingest.devices.berry_bci import BerryBci
from ingest.devices.capnostream20 import Capnostream20
from ingest.devices.contec_5byte import Contec5Byte
from ingest.devices.contec_v7 import ContecV7
from ingest.devices.dinamap import Dinamap
from ingest.devices.ivy_450c import Ivy450C
from ingest.devices.masimo_ascii1 import MasimoAscii1, MasimoTrend
from ingest.devices.nellcor_ascii import NellcorAscii
from ingest.devices.nonin_df13 import NoninDf13
from ingest.devices.nonin_packets import NoninDf2, NoninDf7
from ingest.devices.nonin_seconds import NoninAscii, NoninDf1, NoninDf8
from ingest.devices.par_nibp import ParNibp
from ingest.devices.suntech_nibp import SuntechNibp
from ingest.emulators import (
    Emulator,
    berry_bci,
    capnostream20,
    contec_5byte,
    contec_v7,
    dinamap,
    ivy_450c,
    masimo_ascii1,
    nellcor_ascii,
    nonin_df13,
    nonin_packets,
    nonin_seconds,
    par_nibp,
    suntech_nibp,
)

DEVICES: Mapping[str, type[Decoder]] = MappingProxyType(
    {
        "berry-bci": BerryBci,
        "capnostream20": Capnostream20,
        "contec-5byte": Contec5Byte,
        "contec-v7": ContecV7,
        "dinamap": Dinamap,
        "ivy-450c": Ivy450C,
        "masimo-ascii1": MasimoAscii1,
        "masimo-trend": MasimoTrend,
        "nellcor-ascii": NellcorAscii,
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

EMULATORS: Mapping[str, type[Emulator]] = MappingProxyType(
    {
        "berry-bci": berry_bci.BerryBci,
        "capnostream20": capnostream20.Capnostream20,
        "contec-5byte": contec_5byte.Contec5Byte,
        "contec-v7": contec_v7.ContecV7,
        "dinamap": dinamap.Dinamap,
        "ivy-450c": ivy_450c.Ivy450C,
        "masimo-ascii1": masimo_ascii1.MasimoAscii1,
        "nellcor-ascii": nellcor_ascii.NellcorAscii,
        "nonin-ascii": nonin_seconds.NoninAscii,
        "nonin-df1": nonin_seconds.NoninDf1,
        "nonin-df13": nonin_df13.NoninDf13,
        "nonin-df2": nonin_packets.NoninDf2,
        "nonin-df7": nonin_packets.NoninDf7,
        "nonin-df8": nonin_seconds.NoninDf8,
        "par-nibp": par_nibp.ParNibp,
        "suntech-nibp": suntech_nibp.SuntechNibp,
    }
)

AMBIGUOUS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "berry-bci": frozenset({"contec-5byte", "nonin-df2", "nonin-df7"}),
        "contec-5byte": frozenset({"berry-bci", "nonin-df2", "nonin-df7"}),
    }
)
"""By decoder: the other devices of whose bytes it makes numbers, if the line is set as theirs; all other pairs: none.

Contec and Berry have the same frame with other flags: their numbers agree, their states do not, and only people can say
which it is. Of Nonin's formats they catch a number now and then, never a stream: the right decoder finds far more.
Exactly what feeding every decoder every other device's stream finds (tests/fuzz/crossfeed.py).
"""
