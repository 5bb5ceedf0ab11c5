"""The words that tests plant where no word may leave: no test uses them for anything else."""

from typing import Final

# Every generated marker begins with one of these: letters, letters with accents, digits alone.
MARKERS: Final = ("Zqvexkwy", "Zqüvåxkéwy", "9434047195")
# A person, a number of a patient, what was told, a login, as hand-written payloads have them.
NAME: Final = "Quillfeather"
NUMBER: Final = "9434765919"
TELLING: Final = "xylophone-narrative"
LOGIN: Final = "zq.canary"
NARRATIVE: Final = "CANARY-NARRATIVE"
ALL: Final = (*MARKERS, NAME, NUMBER, TELLING, LOGIN, NARRATIVE)
