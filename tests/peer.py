#!/usr/bin/env python3
"""A peer written from PROTOCOL.md alone: it proves that the text is complete.

    peer.py HOST:PORT NICK TEXT [--expect TEXT2]    join `lobby` there, say TEXT, leave once it is acknowledged
    peer.py --vectors                               check the primitives, print the vectors of section 2

Nothing but the standard library, so the cryptography is written out. It is slow and not constant in time: a test,
not an example to copy. Numbers in brackets are sections of PROTOCOL.md.
"""
import hashlib
import hmac
import os
import select
import socket
import struct
import sys
import time
import unicodedata

MASK = 0xFFFFFFFF

# ---- BLAKE3

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
MIXES = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
         (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED, CONTEXT, MATERIAL = 1, 2, 4, 8, 16, 32, 64

def rotate_left(x, n):
    return (x << n | x >> (32 - n)) & MASK

def compress(cv, block, counter, flags):
    v = [*cv, *IV[:4], counter & MASK, counter >> 32, len(block), flags]
    m = struct.unpack("<16I", block.ljust(64, b"\0"))
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(MIXES):
            for word, r1, r2 in ((m[2 * i], 16, 20), (m[2 * i + 1], 24, 25)):
                v[a] = (v[a] + v[b] + word) & MASK
                v[d] = rotate_left(v[d] ^ v[a], r1)
                v[c] = (v[c] + v[d]) & MASK
                v[b] = rotate_left(v[b] ^ v[c], r2)
        m = [m[i] for i in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)]

def subtree(data, key, flags, chunk, root):
    """Chunks of 1024 bytes; the left side of a node holds the largest power of two of them."""
    if len(data) > 1024:
        left = 1 << ((len(data) - 1) // 1024).bit_length() - 1
        sides = (data[:left * 1024], chunk), (data[left * 1024:], chunk + left)
        words = [word for side, first in sides for word in subtree(side, key, flags, first, 0)]
        return compress(key, struct.pack("<16I", *words), 0, flags | PARENT | root)
    cv, last = key, max(len(data) - 1, 0) // 64
    for i in range(last + 1):
        edges = (CHUNK_START if i == 0 else 0) | (CHUNK_END | root if i == last else 0)
        cv = compress(cv, data[64 * i:64 * i + 64], chunk, flags | edges)
    return cv

def blake3(data, key=IV, flags=0):
    return struct.pack("<8I", *subtree(data, key, flags, 0, ROOT))

def keyed(key, data):
    return blake3(data, struct.unpack("<8I", key), KEYED)

def derive(context, material):
    return blake3(material, struct.unpack("<8I", blake3(context.encode(), flags=CONTEXT)), MATERIAL)

# ---- XChaCha20-Poly1305

def chacha(key, tail, final):
    """The 20 rounds over key and 16 bytes of counter and nonce; HChaCha20 leaves out the final addition."""
    state = struct.unpack("<16I", b"expand 32-byte k" + key + tail)
    v = list(state)
    for _ in range(10):
        for a, b, c, d in MIXES:
            for x, y, z, r in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                v[x] = (v[x] + v[y]) & MASK
                v[z] = rotate_left(v[z] ^ v[x], r)
    return struct.pack("<16I", *((a + b) & MASK for a, b in zip(v, state))) if final else struct.pack("<16I", *v)

def block(key, counter, nonce):
    return chacha(key, struct.pack("<I", counter) + nonce, True)

def hchacha(key, nonce):
    words = chacha(key, nonce, False)
    return words[:16] + words[48:]

def poly1305(key, data):
    r, acc = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % (2 ** 130 - 5)
    return ((acc + int.from_bytes(key[16:], "little")) % 2 ** 128).to_bytes(16, "little")

def xchacha(key, nonce, data, aad, sealing):
    """The data with the key stream over it, and the tag of the sealed side of it."""
    sub, short = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    stream = b"".join(block(sub, i, short) for i in range(1, len(data) // 64 + 2))
    out = bytes(a ^ b for a, b in zip(data, stream))
    sealed = out if sealing else data
    parts = aad, bytes(-len(aad) % 16), sealed, bytes(-len(sealed) % 16), struct.pack("<QQ", len(aad), len(sealed))
    return out, poly1305(block(sub, 0, short)[:32], b"".join(parts))

def xseal(key, nonce, plain, aad):
    return b"".join(xchacha(key, nonce, plain, aad, True))

def xopen(key, nonce, box, aad):
    plain, tag = xchacha(key, nonce, box[:-16], aad, False)
    return plain if hmac.compare_digest(tag, box[-16:]) else refuse("does not open")

# ---- Ed25519

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)

def refuse(why):
    raise ValueError(why)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    q = NEUTRAL
    while n:
        q = add(q, p) if n & 1 else q
        p, n = add(p, p), n >> 1
    return q

def pack_point(p):
    z = pow(p[2], -1, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")

def unpack_point(data):
    """Only the one canonical encoding, and no point of small order."""
    n = int.from_bytes(data, "little")
    sign_bit, y = n >> 255, n & (1 << 255) - 1
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != xx or (x == 0 and sign_bit):
        refuse("not a point")
    x = x if x & 1 == sign_bit else P - x
    point = (x, y, 1, x * y % P)
    return point if pack_point(times(8, point)) != pack_point(NEUTRAL) else refuse("small order")

BASE = unpack_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def scalar(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L

def clamped(secret):
    return int.from_bytes(hashlib.sha512(secret).digest()[:32], "little") & (1 << 254) - 8 | 1 << 254

def public_key(secret):
    return pack_point(times(clamped(secret), BASE))

def sign(secret, public, data):
    r = scalar(hashlib.sha512(secret).digest()[32:], data)
    big_r = pack_point(times(r, BASE))
    return big_r + ((r + scalar(big_r, public, data) * clamped(secret)) % L).to_bytes(32, "little")

def verify(public, data, signature):
    a, _, s = unpack_point(public), unpack_point(signature[:32]), int.from_bytes(signature[32:], "little")
    minus_a = (P - a[0], a[1], 1, P - a[3])
    expected = add(times(s, BASE), times(scalar(signature[:32], public, data), minus_a))
    if s >= L or pack_point(expected) != signature[:32]:
        refuse("bad signature")

# ---- Encoding (3)

def varint(n):
    if n <= 250:
        return bytes([n])
    mark, size = (0xFB, 2) if n < 1 << 16 else (0xFC, 4) if n < 1 << 32 else (0xFD, 8)
    return bytes([mark]) + n.to_bytes(size, "little")

def sized(data):
    return varint(len(data)) + data

def listing(items):
    return varint(len(items)) + b"".join(items)

class Reader:
    """Refuses what ends early or late or is encoded in a second way."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at] if self.at <= len(self.data) else refuse("ends early")

    def u8(self):
        return self.take(1)[0]

    def u64(self):
        return int.from_bytes(self.take(8), "big")

    def varint(self):
        first = self.u8()
        if first <= 250:
            return first
        n = int.from_bytes(self.take({0xFB: 2, 0xFC: 4, 0xFD: 8}.get(first) or refuse("no number")), "little")
        return n if varint(n)[0] == first else refuse("not the shortest")

    def bool(self):
        byte = self.u8()
        return byte == 1 if byte <= 1 else refuse("not a bool")

    def bytes(self, most=1149):
        n = self.varint()
        return self.take(n) if n <= most else refuse("too long")

    def string(self, most=1149):
        return self.bytes(most).decode("utf-8")  # its error is a ValueError

    def list(self, most, item):
        n = self.varint()
        return [item() for _ in range(n)] if n <= most else refuse("too many")

    def end(self, value=None):
        return value if self.at == len(self.data) else refuse("trailing bytes")

# ---- The room and what is held of it (2, 4, 5)

ENTRIES, BEACON, HEADS, WANT, BUCKETS, RETRY, GONE = range(7)
LEAVING, TEMPORARY = 1, 16
TEXT, PROFILE = 0, 2

class Room:
    def __init__(self, name):
        s = derive("chinwag 1 open room", unicodedata.normalize("NFKC", name).encode())
        self.id, self.tag = derive("chinwag 1 room id", s)[:16], derive("chinwag 1 tag", s)[:8]
        self.k_seal, self.k_nonce, self.counter = derive("chinwag 1 seal", s), derive("chinwag 1 nonce", s), 0
        self.head = b"\xFF\x43\x01" + self.tag

    def seal(self, frame):
        self.counter += 1
        nonce = keyed(self.k_nonce, os.urandom(32) + struct.pack("<Q", self.counter) + frame)[:24]
        return self.head + nonce + xseal(self.k_seal, nonce, frame, self.head)

    def open(self, datagram):
        if datagram[:11] != self.head or not 11 + 24 + 16 < len(datagram) <= 1200:
            refuse("not of this room")
        return xopen(self.k_seal, datagram[11:35], datagram[35:], self.head)

    def log_id(self, author, run):
        return blake3(b"chinwag 1 log" + self.id + author + run)[:8]

    def signed(self, what, data):
        return b"chinwag 1 " + what + b"\0" + self.id + data

class Entry:
    def __init__(self, room, data, signature):
        r = Reader(data)
        self.author, self.run, self.seq, self.prev = r.take(32), r.take(8), r.varint(), r.take(16)
        self.time, self.kind, self.body = r.u64(), r.u8(), r.bytes(980)
        r.end(self.seq or refuse("numbers begin at 1"))
        self.data, self.signature, self.log = data, signature, room.log_id(self.author, self.run)
        self.id = blake3(b"chinwag 1 entry id" + room.id + data)[:16]

class Log:
    def __init__(self, id):
        self.id, self.entries, self.gone = id, {}, []  # entries: seq -> at most two, the lower id first
        self.nick, self.shown, self.partial = "?", 0, ""
        self.lacking = (0, None, 0, 0)  # highest seq known to exist, who has it, times asked, when to ask next

    def put(self, entry):
        both = self.entries.setdefault(entry.seq, [])
        if len(both) < 2:
            both.append(entry)
            both.sort(key=lambda e: e.id)

    def settled(self):
        seq = 0
        while True:
            after = max([last for first, last in self.gone if first <= seq + 1 <= last] + [seq])
            after += after == seq and seq + 1 in self.entries
            if after == seq:
                return seq
            seq = after

    def heads(self):
        """[(log, floor, seq, id)] of what is settled, or nothing."""
        held = [seq for seq in self.entries if seq <= self.settled()]
        return [(self.id, min(held), max(held), self.entries[max(held)][0].id[:8])] if held else []

def digest(heads):
    """The 64 buckets of 6 bytes, and the root over them."""
    parts = [b""] * 64
    for log, floor, seq, id8 in sorted(heads):
        parts[log[0] % 64] += log + struct.pack("<QQ", floor, seq) + id8
    buckets = [blake3(b"chinwag 1 bucket" + part)[:6] if part else bytes(6) for part in parts]
    return buckets, blake3(b"chinwag 1 root" + b"".join(buckets))[:8]

# ---- The peer

class Peer:
    def __init__(self, there, nick, text, expect):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        print("port", self.socket.getsockname()[1], flush=True)
        self.there, self.nick, self.expect = there, nick, expect
        self.room, self.secret, self.run, self.clock, self.counter = Room("lobby"), os.urandom(32), os.urandom(8), 0, 0
        self.author = public_key(self.secret)
        self.mine = self.room.log_id(self.author, self.run)
        self.logs = {self.mine: Log(self.mine)}
        self.counters, self.direct = {}, {}  # of instances, by log id: newest beacon, address of the newest direct one
        self.cookies = {}                    # what an address gave me to show it
        self.proven, self.challenged, self.cookie_key = {there}, set(), os.urandom(32)
        self.roots, self.acknowledged, self.seen = [], False, expect is None
        self.write(PROFILE, sized(nick.encode()))
        self.write(TEXT, listing([sized(text.encode())]) + b"\0")

    def tick(self):
        """The hybrid logical clock (4): it strictly rises."""
        self.clock = max(self.clock + 1, int(time.time() * 1000) << 16)
        return self.clock.to_bytes(8, "big")

    def saw(self, when):
        if when >> 16 <= time.time() * 1000 + 600_000:
            self.clock = max(self.clock, when)

    def write(self, kind, body):
        log = self.logs[self.mine]
        seq = log.settled() + 1
        prev = log.entries[seq - 1][0].id if seq > 1 else bytes(16)
        data = self.author + self.run + varint(seq) + prev + self.tick() + bytes([kind]) + sized(body)
        log.put(Entry(self.room, data, sign(self.secret, self.author, self.room.signed(b"entry", data))))

    def send(self, number, fields, to):
        try:
            self.socket.sendto(self.room.seal(varint(number) + fields), to)
        except OSError:
            pass  # a closed port

    def send_entries(self, entries, to, ack):
        while entries:
            group = entries[:16]
            while len(group) > 1 and sum(len(e.data) + 67 for e in group) > 1140:
                group.pop()
            self.send(ENTRIES, bytes([ack]) + listing([sized(e.data) + e.signature for e in group]), to)
            entries = entries[len(group):]

    def send_beacon(self, to, acks=(), flags=0):
        self.counter += 1
        heads = self.heads()
        root = digest(heads)[1]
        self.roots = [*(r for r in self.roots if r != root), root][-64:]
        data = (self.author + self.run + varint(self.counter) + self.tick() + sized(self.nick.encode())
                + bytes([TEMPORARY | flags, 5]) + root + varint(len(heads)) + bytes(32)
                + listing([log + varint(self.logs[log].settled()) for log in acks[:16]])
                + listing([log[:4] for log in self.direct][-16:]))
        self.send(BEACON, b"\0" + sized(data) + sign(self.secret, self.author, self.room.signed(b"beacon", data)), to)

    def send_want(self, ranges, to):
        ranges = [log + varint(first) + bytes([min(count, 255)]) for log, first, count in ranges]
        self.send(WANT, self.cookies.get(to, bytes(8)) + listing(ranges), to)

    def heads(self):
        return [head for log in self.logs.values() for head in log.heads()]

    def cookie_for(self, address):
        return keyed(self.cookie_key, repr(address).encode())[:8]

    def prove(self, src, cookie):
        """Whether repair may go to this address (6.8); if not, it is asked to prove itself."""
        if cookie == self.cookie_for(src):
            self.proven.add(src)
        if src not in self.proven:
            self.send(RETRY, self.cookie_for(src), src)
        return src in self.proven

    def receive(self, datagram, src):
        r = Reader(self.room.open(datagram))
        fields = {
            ENTRIES: lambda: (r.bool(), r.list(16, lambda: (r.bytes(), r.take(64)))),
            BEACON: lambda: (r.bool(), r.bytes(), r.take(64)),
            HEADS: lambda: (r.bool(), r.bool(), r.list(55, lambda: (r.take(8), r.varint(), r.varint(), r.take(8)))),
            WANT: lambda: (r.take(8), r.list(60, lambda: (r.take(8), r.varint(), r.u8()))),
            BUCKETS: lambda: (r.take(8), [r.take(6) for _ in range(64)]),
            RETRY: lambda: (r.take(8),),
            GONE: lambda: (r.list(60, lambda: (r.take(8), r.varint(), r.varint())),),
        }
        handlers = (self.on_entries, self.on_beacon, self.on_heads, self.on_want, self.on_buckets, self.on_retry,
                    self.on_gone)
        number = r.varint()
        if number in fields:  # else it is a later version's
            handlers[number](src, *r.end(fields[number]()))

    def on_entries(self, src, ack, items):
        touched = {}
        for data, signature in items:
            try:
                entry = Entry(self.room, data, signature)
                log = self.logs.get(entry.log) or Log(entry.log)
                if all(e.id != entry.id for e in log.entries.get(entry.seq, ())):
                    verify(entry.author, self.room.signed(b"entry", data), signature)
                    self.saw(entry.time)
                    log.put(entry)
            except ValueError:
                continue  # the others of the frame may be good
            self.logs[log.id] = touched[log.id] = log
            self.lacks(log, entry.seq, src)
            self.show(log)
        if ack and touched:
            self.send_beacon(src, acks=[log for log in touched if log != self.mine])

    def on_beacon(self, src, via, data, signature):
        r = Reader(data)
        author, run, counter, when, nick = r.take(32), r.take(8), r.varint(), r.u64(), r.string(32)
        flags, _interval, root, _logs, _prekey = r.u8(), r.u8(), r.take(8), r.varint(), r.take(32)
        acks = r.list(16, lambda: (r.take(8), r.varint()))
        r.end(r.list(16, lambda: r.take(4)))
        log = self.room.log_id(author, run)
        if log == self.mine or counter < self.counters.get(log, 0):
            return
        verify(author, self.room.signed(b"beacon", data), signature)
        self.saw(when)
        unknown = log not in self.counters and not flags & LEAVING
        self.counters[log] = counter
        if not via:
            self.direct[log] = src
        if unknown:
            print("here", nick, flush=True)
        if not self.acknowledged and (root in self.roots or any(a == self.mine and seq >= 2 for a, seq in acks)):
            self.acknowledged = True
            print("acknowledged", flush=True)
        if src not in self.proven | self.challenged:
            self.challenged.add(src)
            self.send(RETRY, self.cookie_for(src), src)
        if unknown and not via:
            self.send_beacon(src)

    def on_heads(self, src, ack, _reply, items):  # who began a comparison answers a reply; this peer begins none
        touched = []
        for id, _floor, seq, id8 in items:
            if id != self.mine and seq > 0:
                log = self.logs.setdefault(id, Log(id))
                touched.append(id)
                self.lacks(log, seq, src)
                if seq in log.entries and all(e.id[:8] != id8 for e in log.entries[seq]):
                    self.send_want([(id, seq, 1)], src)  # a fork
        if ack and touched:
            self.send_beacon(src, acks=touched)

    def on_want(self, src, cookie, ranges):
        if self.prove(src, cookie):
            wanted = [(self.logs[id].entries, seq) for id, first, count in ranges if id in self.logs
                      for seq in range(first, first + count)]
            self.send_entries([e for entries, seq in wanted for e in entries.get(seq, ())], src, False)

    def on_buckets(self, src, cookie, theirs):
        if self.prove(src, cookie):
            heads, items = self.heads(), []
            for i, bucket in enumerate(digest(heads)[0]):
                if bucket != theirs[i]:
                    items += [h for h in heads if h[0][0] % 64 == i] or [(bytes([i]) + bytes(7), 0, 0, bytes(8))]
            for i in range(0, len(items), 32):  # more of them would fit only where the numbers are small
                part = [log + varint(floor) + varint(seq) + id8 for log, floor, seq, id8 in items[i:i + 32]]
                self.send(HEADS, b"\0\1" + listing(part), src)

    def on_retry(self, src, cookie):
        self.cookies[src] = cookie
        self.send_want([], src)

    def on_gone(self, src, ranges):
        for id, first, last in ranges:
            if id in self.logs and self.direct.get(id) == src and 1 <= first <= last:  # its author says so
                self.logs[id].gone.append((first, last))
                self.show(self.logs[id])

    def lacks(self, log, seq, holder):
        if seq > max(log.settled(), log.lacking[0]):
            log.lacking = (seq, holder, 0, time.monotonic() + 0.01)

    def ask(self, now):
        """Gaps (7.1): six times, the pauses double."""
        for log in self.logs.values():
            (seq, holder, tries, due), first = log.lacking, log.settled() + 1
            if first <= seq and tries < 6 and now >= due:
                self.send_want([(log.id, first, seq - first + 1)], holder)
                log.lacking = (seq, holder, tries + 1, now + 0.06 * 2 ** tries)

    def show(self, log):
        """Every entry once, in order, as far as it is settled (7.4)."""
        settled = log.settled()
        for seq in sorted(s for s in log.entries if log.shown < s <= settled and log.id != self.mine):
            log.shown = seq
            for entry in log.entries[seq]:
                r = Reader(entry.body)
                try:
                    if entry.kind == PROFILE:
                        log.nick = r.end(r.string())
                    elif entry.kind == TEXT:
                        texts, continues = r.end((r.list(980, r.string), r.bool()))
                        lines = [log.partial + (texts or refuse("empty"))[0], *texts[1:]]
                        log.partial = lines.pop() if continues else ""
                        for line in lines:
                            print(f"<{log.nick}> {line}", flush=True)
                            self.seen |= line == self.expect
                except ValueError:
                    print(f"<{log.nick}> (damaged)", flush=True)

    def main(self):
        start, beacon_at, line_at = time.monotonic(), 0, 0.05
        while (now := time.monotonic()) < start + 15:
            if now - start >= beacon_at:
                self.send_beacon(self.there)
                beacon_at = {0: 0.3, 0.3: 1}.get(beacon_at, beacon_at + 1)
            if now - start >= line_at and not self.acknowledged:
                self.send_entries([e for both in self.logs[self.mine].entries.values() for e in both], self.there, True)
                line_at += 0.25
            self.ask(now)
            if self.acknowledged and self.seen:
                for _ in range(3):
                    self.send_beacon(self.there, flags=LEAVING)
                    time.sleep(0.1)
                return 0
            try:
                if select.select([self.socket], [], [], 0.01)[0]:
                    self.receive(*self.socket.recvfrom(65536))
            except (ValueError, OSError):
                pass  # what does not open, decode or verify; a closed port
        return 1

# ---- Known answers

def check_primitives():
    x, count = bytes.fromhex, lambda first, n: bytes(i % 251 for i in range(first, first + n))
    assert blake3(b"") == x("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")
    assert blake3(count(0, 1025)) == x("d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444")
    assert block(count(0, 32), 1, x("000000090000004a00000000")) == x(  # RFC 8439, 2.3.2
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")
    assert poly1305(x("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),  # RFC 8439, 2.5.2
                    b"Cryptographic Forum Research Group") == x("a8061dc1305136c6c22b8baf0c0127a9")
    assert hchacha(count(0, 32), x("000000090000004a0000000031415927")) == x(  # draft-irtf-cfrg-xchacha, 2.2.1
        "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    sunscreen = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                 b"sunscreen would be it.")
    key, nonce, aad = count(0x80, 32), count(0x40, 24), x("50515253c0c1c2c3c4c5c6c7")  # the same draft, A.3.1
    box = xseal(key, nonce, sunscreen, aad)
    assert box[:16] == x("bd6d179d3e83d43b9576579493c0e939") and box[-16:] == x("c0875924c1c7987947deafd8780acf49")
    assert xopen(key, nonce, box, aad) == sunscreen
    secret = x("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, test 1
    public = x("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = x("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                  "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
    assert public_key(secret) == public and sign(secret, public, b"") == signature
    verify(public, b"", signature)
    second = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    for bad in ((public, b"x", signature), (public, b"", second), (pack_point(NEUTRAL), b"", signature)):
        try:
            verify(*bad)
        except ValueError:
            continue
        raise AssertionError("accepted")

def main(arguments):
    if arguments == ["--vectors"]:
        check_primitives()
        room = Room("lobby")
        for name, value in ("room_id", room.id), ("tag", room.tag), ("k_seal", room.k_seal), ("k_nonce", room.k_nonce):
            print(name, value.hex())
        return 0
    if len(arguments) not in (3, 5) or arguments[3:4] not in ([], ["--expect"]):
        print(__doc__, file=sys.stderr)
        return 2
    host, _, port = arguments[0].rpartition(":")
    expect = arguments[4] if len(arguments) == 5 else None
    return Peer((socket.gethostbyname(host), int(port)), arguments[1], arguments[2], expect).main()

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
