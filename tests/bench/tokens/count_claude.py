"""Counts tokens as Claude does, by the reconstruction `ctok`: JSON lines in, JSON lines of [v3, v4.8] out, less the frame
of a message."""

import json
import sys

from ctok import token_count

VERSIONS = ("3.0", "4.8")
# "a" is one token in both; what is beyond it is the frame.
FRAME = [token_count("a", version) - 1 for version in VERSIONS]

for line in sys.stdin:
    text = json.loads(line)
    counts = [token_count(text, version) - frame for version, frame in zip(VERSIONS, FRAME)]
    print(json.dumps(counts))
