"""Listening to how a mix begins and ends, and whether music runs on from one mix into the next.

Only heads and tails are read, so that memory does not grow with the programme, and every figure is a whole hop of
10 ms or a whole frame, so that none depends on the size of blocks or the last bits of a machine's arithmetic.
"""

from pipeline.analysis.edges.beginnings import Beginning, beginning
from pipeline.analysis.edges.endings import Ending, ending
from pipeline.analysis.edges.segue import attacks_at_border, runs_on

__all__ = ["Beginning", "Ending", "attacks_at_border", "beginning", "ending", "runs_on"]
