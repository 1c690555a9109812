"""The course's one-shot sender: says one thing from a random port and never listens.

    python3 say.py HOST PORT TEXT
"""

import socket
import sys

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.sendto(sys.argv[3].encode("utf-8"), (sys.argv[1], int(sys.argv[2])))
