"""The course's first server: answers each message in upper case, decodes strictly, ends at the first that is not UTF-8.

    python3 upper.py PORT
"""

import socket
import sys

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", int(sys.argv[1])))
print("listening on port", udp.getsockname()[1], flush=True)
while True:
    data, address = udp.recvfrom(1024)
    udp.sendto(data.decode("utf-8").upper().encode("utf-8"), address)
