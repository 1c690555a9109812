"""A slow cable between two network namespaces, for `cargo bench --bench files`: Linux as root, and /dev/net/tun.

    link.py NAMESPACE NAMESPACE MBIT_PER_S ROUND_TRIP_MS LOSS_PERCENT BUFFER_BYTES

Each direction has the rate, half the round trip, the loss and the buffer of its own, which drops what comes when it is full. The ends have the
addresses 10.79.0.1 and 10.79.0.2. It says `up` once they can be used, and ends with its standard input.
"""

import collections
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
FRAME_BYTES_MAX = 2048


def tap(name, namespace, address):
    """A network device that this program is the cable of."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    inside = ["ip", "-n", namespace]
    subprocess.run(["ip", "link", "set", name, "netns", namespace], check=True)
    subprocess.run(inside + ["addr", "add", f"{address}/24", "dev", name], check=True)
    subprocess.run(inside + ["link", "set", name, "up"], check=True)
    return device


class Direction:
    """What passes from one end to the other."""

    def __init__(self, source, sink, rate, delay, loss, buffer):
        self.source, self.sink, self.rate, self.delay, self.loss, self.buffer = source, sink, rate, delay, loss, buffer
        self.idle_at = 0.0  # when all that was taken in has left
        self.flying = collections.deque()

    def take_in(self, now):
        while True:
            try:
                frame = os.read(self.source, FRAME_BYTES_MAX)
            except BlockingIOError:
                return
            waiting = max(self.idle_at - now, 0.0)
            if waiting * self.rate > self.buffer:
                continue
            self.idle_at = now + waiting + len(frame) / self.rate
            if random.random() >= self.loss:
                self.flying.append((self.idle_at + self.delay, frame))

    def let_out(self, now):
        while self.flying and self.flying[0][0] <= now:
            try:
                os.write(self.sink, self.flying.popleft()[1])
            except OSError:
                pass  # an end that takes nothing loses it, as on a cable


def main():
    one, other = sys.argv[1:3]
    mbit, round_trip_ms, loss_percent, buffer = map(float, sys.argv[3:7])
    ends = [tap("cwlink0", one, "10.79.0.1"), tap("cwlink1", other, "10.79.0.2")]
    qualities = mbit * 1e6 / 8, round_trip_ms / 2e3, loss_percent / 100, buffer
    directions = [Direction(*ends, *qualities), Direction(*reversed(ends), *qualities)]
    print("up", flush=True)
    while True:
        due = [direction.flying[0][0] for direction in directions if direction.flying]
        wait = max(min(due) - time.monotonic(), 0.0) if due else None
        ready, _, _ = select.select([sys.stdin, *ends], [], [], wait)
        if sys.stdin in ready:
            return
        now = time.monotonic()
        for direction in directions:
            direction.take_in(now)
            direction.let_out(now)


main()
