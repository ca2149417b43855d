"""The two MIMIC numerics records as CSV files that the program reads.

One row a minute, `time_s` in seconds from the start of the record. HR, PULSE and SpO2: the record writes 0 where there
was no reading, the CSV leaves a blank. NBPSys, NBPDias, NBPMean stand in the rows in which the cuff measured, blank in
between. RESP and the invasive pressures (ABPSys, ABPDias, ABPMean: zero but for some minutes) are not carried over.
"""

import warnings
from pathlib import Path

import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # wfdb 4.3 still says inplace to pandas 3
    import wfdb

RECORDS = ("s00001-2896-10-10-00-31n", "s25047-2704-05-04-10-44n")
CONTINUOUS = ["HR", "PULSE", "SpO2"]
CUFF = ["NBPSys", "NBPDias", "NBPMean"]


def convert(record: Path, target: Path) -> Path:
    """Write a WFDB record, named without its ending, as CSV."""
    read = wfdb.rdrecord(str(record))
    signals = pd.DataFrame(read.p_signal, columns=read.sig_name)
    rows = signals[CONTINUOUS + CUFF].round(1)
    rows[CONTINUOUS] = rows[CONTINUOUS].mask(rows[CONTINUOUS] == 0)
    rows.insert(0, "time_s", rows.index * round(1 / read.fs))
    rows.to_csv(target, index=False)
    return target
