"""Room for codecs: masters whose true peak holds after encoding, at the cost of next to no loudness."""
