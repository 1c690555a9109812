"""The course's chatter: sends what is typed, shows what arrives, decodes strictly.

    python3 chatter.py PORT PEER_HOST PEER_PORT [utf-8|gbk]
"""

import socket
import sys
import threading

port, peer = int(sys.argv[1]), (sys.argv[2], int(sys.argv[3]))
charset = sys.argv[4] if len(sys.argv) > 4 else "utf-8"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", port))
print("listening on port", udp.getsockname()[1], flush=True)


def show():
    while True:
        data, address = udp.recvfrom(1024)
        print(f"{address[0]} said: {data.decode(charset)}", flush=True)


threading.Thread(target=show, daemon=True).start()
for line in sys.stdin:
    udp.sendto(line.rstrip("\n").encode(charset), peer)
