#!/usr/bin/env python3
"""A peer written from PROTOCOL.md alone: it proves that the text is complete.

    peer.py HOST:PORT NICK TEXT [--expect TEXT2]    join `lobby` there, say TEXT, leave when it was acknowledged
    peer.py --vectors                               check the primitives, print the vectors of section 2

Nothing but the standard library, so the cryptography is written out here. It is slow and not constant in time: a
test, never an example to copy. Section numbers in comments are those of PROTOCOL.md.
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


# ---- BLAKE3 ---------------------------------------------------------------------------------------------------

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
MIXES = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
         (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED, CONTEXT, MATERIAL = 1, 2, 4, 8, 16, 32, 64


def compress(cv, block, counter, length, flags):
    v = [*cv, *IV[:4], counter & MASK, counter >> 32, length, flags]
    m = struct.unpack("<16I", block.ljust(64, b"\0"))
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(MIXES):
            for word, r1, r2 in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & MASK
                x = v[d] ^ v[a]
                v[d] = (x >> r1 | x << (32 - r1)) & MASK
                v[c] = (v[c] + v[d]) & MASK
                x = v[b] ^ v[c]
                v[b] = (x >> r2 | x << (32 - r2)) & MASK
        m = [m[i] for i in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)]


def blake3_node(data, key, flags, chunk, root):
    """The chaining value of a subtree: 1024-byte chunks, the left side the largest power of two of them."""
    if len(data) <= 1024:
        cv, blocks = key, [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
        for i, block in enumerate(blocks):
            last = i == len(blocks) - 1
            more = (CHUNK_START if i == 0 else 0) | ((CHUNK_END | root) if last else 0)
            cv = compress(cv, block, chunk, len(block), flags | more)
        return cv
    left = 1 << ((len(data) - 1) // 1024).bit_length() - 1
    pair = (blake3_node(data[:left * 1024], key, flags, chunk, 0)
            + blake3_node(data[left * 1024:], key, flags, chunk + left, 0))
    return compress(key, struct.pack("<16I", *pair), 0, 64, flags | PARENT | root)


def blake3(data, key=IV, flags=0):
    return struct.pack("<8I", *blake3_node(data, key, flags, 0, ROOT))


def keyed(key, data):
    return blake3(data, struct.unpack("<8I", key), KEYED)


def derive(context, material):
    return blake3(material, struct.unpack("<8I", blake3(context.encode(), flags=CONTEXT)), MATERIAL)


# ---- XChaCha20-Poly1305 ---------------------------------------------------------------------------------------

def chacha_rounds(state):
    v = list(state)
    for _ in range(10):
        for a, b, c, d in MIXES:
            for x, y, z, r in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                v[x] = (v[x] + v[y]) & MASK
                w = v[z] ^ v[x]
                v[z] = (w << r | w >> (32 - r)) & MASK
    return v


def chacha_state(key, tail):
    return struct.unpack("<16I", b"expand 32-byte k" + key + tail)


def chacha_block(key, counter, nonce):
    state = chacha_state(key, struct.pack("<I", counter) + nonce)
    return struct.pack("<16I", *((a + b) & MASK for a, b in zip(state, chacha_rounds(state))))


def hchacha(key, nonce16):
    v = chacha_rounds(chacha_state(key, nonce16))
    return struct.pack("<8I", *v[:4], *v[12:])


def chacha_xor(key, nonce, data):
    blocks = range(1, len(data) // 64 + 2)
    return bytes(a ^ b for a, b in zip(data, b"".join(chacha_block(key, i, nonce) for i in blocks)))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % (2 ** 130 - 5)
    return ((acc + int.from_bytes(key[16:], "little")) % 2 ** 128).to_bytes(16, "little")


def aead_tag(key, nonce, sealed, aad):
    pad = lambda b: b + bytes(-len(b) % 16)
    return poly1305(chacha_block(key, 0, nonce)[:32],
                    pad(aad) + pad(sealed) + struct.pack("<QQ", len(aad), len(sealed)))


def xseal(key, nonce, plain, aad):
    sub, short = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    sealed = chacha_xor(sub, short, plain)
    return sealed + aead_tag(sub, short, sealed, aad)


def xopen(key, nonce, box, aad):
    sub, short = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    if not hmac.compare_digest(aead_tag(sub, short, box[:-16], aad), box[-16:]):
        raise ValueError("does not open")
    return chacha_xor(sub, short, box[:-16])


# ---- Ed25519 (RFC 8032) ---------------------------------------------------------------------------------------

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = NEUTRAL
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def same_point(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def pack_point(p):
    z = pow(p[2], -1, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


def unpack_point(data):
    """Only the one canonical encoding, and no point of small order."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * SQRT_MINUS_1 % P
    if y >= P or (x * x - xx) % P or (x == 0 and sign):
        raise ValueError("not a point")
    x = P - x if x & 1 != sign else x
    point = (x, y, 1, x * y % P)
    if same_point(times(8, point), NEUTRAL):
        raise ValueError("small order")
    return point


BASE = unpack_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def challenge(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def expand(secret):
    h = hashlib.sha512(secret).digest()
    return int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254, h[32:]


def public_key(secret):
    return pack_point(times(expand(secret)[0], BASE))


def sign(secret, public, data):
    a, prefix = expand(secret)
    r = challenge(prefix, data)
    big_r = pack_point(times(r, BASE))
    return big_r + ((r + challenge(big_r, public, data) * a) % L).to_bytes(32, "little")


def verify(public, data, signature):
    """Raises ValueError unless the signature is good under strict verification."""
    a, _ = unpack_point(public), unpack_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    minus_a = (P - a[0], a[1], 1, P - a[3])
    k = challenge(signature[:32], public, data)
    if s >= L or pack_point(add(times(s, BASE), times(k, minus_a))) != signature[:32]:
        raise ValueError("bad signature")


# ---- Encoding (3) ---------------------------------------------------------------------------------------------

def varint(n):
    if n <= 250:
        return bytes([n])
    size = 2 if n < 1 << 16 else 4 if n < 1 << 32 else 8
    return bytes([{2: 0xFB, 4: 0xFC, 8: 0xFD}[size]]) + n.to_bytes(size, "little")


def bytestring(data):
    return varint(len(data)) + data


def listing(items):
    return varint(len(items)) + b"".join(items)


class Reader:
    """Refuses what ends early, late, or is encoded in a second way."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if n > len(self.data) - self.at:
            raise ValueError("ends early")
        self.at += n
        return self.data[self.at - n:self.at]

    def u8(self):
        return self.take(1)[0]

    def varint(self):
        first = self.u8()
        if first <= 250:
            return first
        if first > 0xFD:
            raise ValueError("no such number")
        n = int.from_bytes(self.take({0xFB: 2, 0xFC: 4, 0xFD: 8}[first]), "little")
        if varint(n)[0] != first:
            raise ValueError("not the shortest")
        return n

    def bool(self):
        return (False, True)[self.u8()] if self.data[self.at:self.at + 1] in (b"\0", b"\1") else self.fail("bool")

    def fail(self, why):
        raise ValueError(why)

    def bytes(self, limit=1149):
        n = self.varint()
        return self.take(n) if n <= limit else self.fail("too long")

    def string(self, limit=1149):
        return self.bytes(limit).decode("utf-8")  # UnicodeDecodeError is a ValueError

    def list(self, limit, item):
        n = self.varint()
        return [item() for _ in range(n)] if n <= limit else self.fail("too many")

    def end(self):
        return None if self.at == len(self.data) else self.fail("trailing bytes")


# ---- The room and what is held of it (2, 4, 5) ----------------------------------------------------------------

class Room:
    def __init__(self, name):
        s = derive("chinwag 1 open room", unicodedata.normalize("NFKC", name).encode())
        self.id = derive("chinwag 1 room id", s)[:16]
        self.tag = derive("chinwag 1 tag", s)[:8]
        self.k_seal = derive("chinwag 1 seal", s)
        self.k_nonce = derive("chinwag 1 nonce", s)
        self.counter = 0

    def seal(self, frame):
        self.counter += 1
        nonce = keyed(self.k_nonce, os.urandom(32) + struct.pack("<Q", self.counter) + frame)[:24]
        head = b"\xFF\x43\x01" + self.tag
        return head + nonce + xseal(self.k_seal, nonce, frame, head)

    def open(self, datagram):
        head = datagram[:11]
        if head != b"\xFF\x43\x01" + self.tag or not 11 + 24 + 16 < len(datagram) <= 1200:
            raise ValueError("not ours")
        return xopen(self.k_seal, datagram[11:35], datagram[35:], head)

    def log_id(self, author, run):
        return blake3(b"chinwag 1 log" + self.id + author + run)[:8]

    def entry_id(self, data):
        return blake3(b"chinwag 1 entry id" + self.id + data)[:16]

    def signed(self, what, data):
        return b"chinwag 1 " + what + b"\0" + self.id + data


class Entry:
    def __init__(self, room, data, signature):
        r = Reader(data)
        self.author, self.run, self.seq, self.prev = r.take(32), r.take(8), r.varint(), r.take(16)
        self.time, self.kind, self.body = int.from_bytes(r.take(8), "big"), r.u8(), r.bytes(980)
        r.end()
        if self.seq == 0:
            raise ValueError("numbers begin at 1")
        self.id, self.data, self.signature = room.entry_id(data), data, signature
        self.log = room.log_id(self.author, self.run)


class Log:
    def __init__(self, id):
        self.id, self.entries, self.gone = id, {}, []
        self.author_at, self.nick, self.shown, self.partial = None, "?", 0, ""
        self.lacking = None  # (highest seq known to exist, who has it, tries, when to ask next)

    def put(self, entry):
        """At most two entries of one seq, the lower id first."""
        both = self.entries.setdefault(entry.seq, [])
        if len(both) < 2 and all(e.id != entry.id for e in both):
            both.append(entry)
            both.sort(key=lambda e: e.id)
            return True
        return False

    def settled(self):
        seq = 0
        while True:
            after = max([b for a, b in self.gone if a <= seq + 1 <= b], default=seq)
            after += after == seq and seq + 1 in self.entries
            if after == seq:
                return seq
            seq = after

    def head(self):
        """(log, floor, seq, id) of what is settled, or None."""
        held = [s for s in self.entries if s <= self.settled()]
        return (self.id, min(held), max(held), self.entries[max(held)][0].id[:8]) if held else None


def bucket_of(log):
    return log[0] % 64


def digest(heads):
    """The 64 buckets of 6 bytes, and the root over them (5)."""
    parts = [b""] * 64
    for log, floor, seq, id8 in sorted(heads):
        parts[bucket_of(log)] += log + struct.pack("<QQ", floor, seq) + id8
    buckets = [blake3(b"chinwag 1 bucket" + part)[:6] if part else bytes(6) for part in parts]
    return buckets, blake3(b"chinwag 1 root" + b"".join(buckets))[:8]


# ---- The peer -------------------------------------------------------------------------------------------------

ENTRIES, BEACON, HEADS, WANT, BUCKETS, RETRY, GONE = range(7)
LEAVING, TEMPORARY = 1, 16
TEXT, PROFILE = 0, 2


class Peer:
    def __init__(self, there, nick, text, expect):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        print("port", self.socket.getsockname()[1], flush=True)
        self.there, self.nick, self.expect = there, nick, expect
        self.room, self.secret, self.run = Room("lobby"), os.urandom(32), os.urandom(8)
        self.author, self.clock, self.counter = public_key(self.secret), 0, 0
        self.mine = self.room.log_id(self.author, self.run)
        self.logs = {self.mine: Log(self.mine)}
        self.others = {}      # log id of an instance -> [counter of its newest beacon, address, heard directly]
        self.cookies = {}     # what an address gave me to show it
        self.proven, self.challenged, self.cookie_key = {there}, set(), os.urandom(32)
        self.roots = []       # my last 64
        self.acknowledged = self.seen = False
        self.write(PROFILE, bytestring(nick.encode()))
        self.write(TEXT, listing([bytestring(text.encode())]) + b"\0")

    # -- signing and sending

    def tick(self, at_least=0):
        """The hybrid logical clock (4): it strictly rises."""
        self.clock = max(self.clock + 1, at_least, int(time.time() * 1000) << 16)
        return self.clock.to_bytes(8, "big")

    def saw(self, when):
        if when >> 16 <= time.time() * 1000 + 600_000:
            self.clock = max(self.clock, when)

    def write(self, kind, body):
        log = self.logs[self.mine]
        seq = log.settled() + 1
        prev = log.entries[seq - 1][0].id if seq > 1 else bytes(16)
        data = self.author + self.run + varint(seq) + prev + self.tick() + bytes([kind]) + bytestring(body)
        log.put(Entry(self.room, data, sign(self.secret, self.author, self.room.signed(b"entry", data))))

    def send(self, number, fields, to):
        datagram = self.room.seal(varint(number) + fields)
        assert len(datagram) <= 1200
        try:
            self.socket.sendto(datagram, to)
        except OSError:
            pass

    def send_entries(self, entries, to, ack):
        """As many frames as it takes to stay below 1149 bytes and 16 entries each."""
        group, size = [], 0
        for entry in [*entries, None]:
            item = bytestring(entry.data) + entry.signature if entry else b""
            if group and (not entry or size + len(item) > 1140 or len(group) == 16):
                self.send(ENTRIES, bytes([ack]) + listing(group), to)
                group, size = [], 0
            group, size = group + [item], size + len(item)

    def send_line(self):
        self.send_entries([both[0] for both in self.logs[self.mine].entries.values()], self.there, True)

    def send_beacon(self, to, acks=(), flags=0):
        self.counter += 1
        root = digest(self.heads())[1]
        if root not in self.roots:
            self.roots = [*self.roots, root][-64:]
        heard = [log[:4] for log, (_, _, directly) in self.others.items() if directly][-16:]
        data = (self.author + self.run + varint(self.counter) + self.tick() + bytestring(self.nick.encode()[:32])
                + bytes([TEMPORARY | flags, 5]) + root + varint(len(self.heads())) + bytes(32)
                + listing([log + varint(self.logs[log].settled()) for log in acks][:16]) + listing(heard))
        self.send(BEACON, b"\0" + bytestring(data) + sign(self.secret, self.author, self.room.signed(b"beacon", data)), to)

    def heads(self):
        return [head for head in (log.head() for log in self.logs.values()) if head]

    def send_want(self, items, to):
        ranges = [log + varint(start) + bytes([min(count, 255)]) for log, start, count in items[:60]]
        self.send(WANT, self.cookies.get(to, bytes(8)) + listing(ranges), to)

    # -- receiving

    def receive(self, datagram, src):
        r = Reader(self.room.open(datagram))
        number = r.varint()
        if number == ENTRIES:
            fields = r.bool(), r.list(16, lambda: (r.bytes(), r.take(64)))
        elif number == BEACON:
            fields = r.bool(), r.bytes(), r.take(64)
        elif number == HEADS:
            fields = r.bool(), r.bool(), r.list(55, lambda: (r.take(8), r.varint(), r.varint(), r.take(8)))
        elif number == WANT:
            fields = r.take(8), r.list(60, lambda: (r.take(8), r.varint(), r.u8()))
        elif number == BUCKETS:
            fields = r.take(8), [r.take(6) for _ in range(64)]
        elif number == RETRY:
            fields = (r.take(8),)
        elif number == GONE:
            fields = (r.list(60, lambda: (r.take(8), r.varint(), r.varint())),)
        else:
            return  # a later version's
        r.end()
        (self.on_entries, self.on_beacon, self.on_heads, self.on_want, self.on_buckets, self.on_retry,
         self.on_gone)[number](src, *fields)

    def on_entries(self, src, ack, items):
        touched = []
        for data, signature in items:
            try:
                entry = Entry(self.room, data, signature)
                log = self.logs.get(entry.log) or Log(entry.log)
                if all(e.id != entry.id for e in log.entries.get(entry.seq, ())):
                    verify(entry.author, self.room.signed(b"entry", data), signature)
                    self.saw(entry.time)
                    self.logs[log.id] = log
                    log.put(entry)
            except ValueError:
                continue
            if log.id != self.mine and log.id not in touched:
                touched.append(log.id)
            if entry.seq > log.settled():
                self.lacks(log, entry.seq, src)
            self.show(log)
        if ack and touched:
            self.send_beacon(src, acks=touched)

    def on_beacon(self, src, via, data, signature):
        r = Reader(data)
        author, run, counter, when = r.take(32), r.take(8), r.varint(), int.from_bytes(r.take(8), "big")
        nick, flags, _interval, root, _logs, _prekey = r.string(32), r.u8(), r.u8(), r.take(8), r.varint(), r.take(32)
        acks = r.list(16, lambda: (r.take(8), r.varint()))
        r.list(16, lambda: r.take(4))
        r.end()
        log, unknown = self.room.log_id(author, run), False
        if log == self.mine or self.others.get(log, (-1,))[0] > counter:
            return
        verify(author, self.room.signed(b"beacon", data), signature)
        self.saw(when)
        if log not in self.others:
            unknown = not flags & LEAVING
            print("here", nick, flush=True)
        _, address, directly = self.others.get(log, (0, None, False))
        self.others[log] = [counter, address if via else src, directly or not via]
        if log in self.logs and not via:
            self.logs[log].author_at = src
        if not self.acknowledged and (root in self.roots or any(a == self.mine and seq >= 2 for a, seq in acks)):
            self.acknowledged = True
            print("acknowledged", flush=True)
        if src not in self.proven and src not in self.challenged:
            self.challenged.add(src)
            self.send(RETRY, self.cookie_for(src), src)
        if unknown and not via:
            self.send_beacon(src)

    def on_heads(self, src, ack, reply, items):
        touched = []
        for id, _floor, seq, id8 in items:
            log = self.logs.get(id) or Log(id)
            if id == self.mine or seq == 0:
                continue
            if seq > log.settled():
                self.logs[id] = log
                self.lacks(log, seq, src)
            elif seq in log.entries and all(e.id[:8] != id8 for e in log.entries[seq]):
                self.send_want([(id, seq, 1)], src)  # a fork
            if id in self.logs:
                touched.append(id)
        if ack and touched:
            self.send_beacon(src, acks=touched)
        if reply:
            pass  # only who started a comparison returns its own heads, and this peer starts none

    def on_want(self, src, cookie, items):
        if not self.prove(src, cookie):
            return
        found, gone = [], []
        for id, start, count in items:
            entries = self.logs[id].entries if id in self.logs else {}
            for seq in range(start, start + count):
                if seq in entries:
                    found += entries[seq]
                elif id == self.mine and seq > 2:
                    break
                elif entries and seq < min(entries):
                    gone.append(id + varint(seq) + varint(seq))
        self.send_entries(found, src, not self.acknowledged and any(e.log == self.mine for e in found))
        if gone:
            self.send(GONE, listing(gone[:30]), src)

    def on_buckets(self, src, cookie, theirs):
        if not self.prove(src, cookie):
            return
        heads, items = self.heads(), []
        for i, bucket in enumerate(digest(heads)[0]):
            if bucket != theirs[i]:
                inside = [h for h in heads if bucket_of(h[0]) == i]
                items += inside or [(bytes([i]) + bytes(7), 0, 0, bytes(8))]
        for i in range(0, len(items), 35):  # 55 fit where the numbers are short
            part = [log + varint(floor) + varint(seq) + id8 for log, floor, seq, id8 in items[i:i + 35]]
            self.send(HEADS, b"\0\1" + listing(part), src)

    def on_retry(self, src, cookie):
        self.cookies[src] = cookie
        self.send_want([], src)

    def on_gone(self, src, items):
        for id, start, end in items:
            log = self.logs.get(id)
            if log and log.author_at == src and 1 <= start <= end and len(log.gone) < 256:
                log.gone.append((start, end))
                self.show(log)

    # -- addresses, gaps, showing

    def cookie_for(self, address):
        return keyed(self.cookie_key, repr(address).encode())[:8]

    def prove(self, src, cookie):
        if cookie == self.cookie_for(src):
            self.proven.add(src)
        if src not in self.proven:
            self.send(RETRY, self.cookie_for(src), src)
        return src in self.proven

    def lacks(self, log, seq, holder):
        if not log.lacking or log.lacking[0] < seq:
            log.lacking = (seq, holder, 0, time.monotonic() + 0.01)

    def ask(self, now):
        for log in self.logs.values():
            seq, holder, tries, due = log.lacking or (0, None, 0, 0)
            if log.settled() >= seq:
                log.lacking = None
            elif tries < 6 and now >= due:
                start = log.settled() + 1
                self.send_want([(log.id, start, seq - start + 1)], holder)
                log.lacking = (seq, holder, tries + 1, now + 0.06 * 2 ** tries)

    def show(self, log):
        """Every entry once, in order, as far as it is settled (7.4)."""
        settled = log.settled()
        while log.id != self.mine and log.shown < settled:
            later = [s for s in log.entries if log.shown < s <= settled]
            log.shown = min(later) if later else settled
            for entry in log.entries.get(log.shown, ()):
                r = Reader(entry.body)
                try:
                    if entry.kind == PROFILE:
                        nick = r.string()
                        r.end()
                        log.nick = nick
                    elif entry.kind == TEXT:
                        texts, continues = r.list(980, r.string), r.bool()
                        r.end()
                        self.show_texts(log, texts or r.fail("empty"), continues)
                except ValueError:
                    print(f"<{log.nick}> (damaged)", flush=True)

    def show_texts(self, log, texts, continues):
        texts = [log.partial + texts[0], *texts[1:]]
        log.partial = texts.pop() if continues else ""
        for line in texts:
            print(f"<{log.nick}> {line}", flush=True)
            self.seen |= line == self.expect

    # -- running

    def main(self):
        start = time.monotonic()
        beacon_at, line_at = 0.0, 0.05
        while (now := time.monotonic()) < start + 15:
            passed = now - start
            if passed >= beacon_at:
                self.send_beacon(self.there)
                beacon_at = 0.3 if beacon_at == 0 else 1.0 if beacon_at < 1 else beacon_at + 1
            if passed >= line_at and not self.acknowledged:
                self.send_line()
                line_at = passed + 0.25
            self.ask(now)
            if self.acknowledged and (self.seen or self.expect is None):
                for pause in (0.1, 0.1, 0):
                    self.send_beacon(self.there, flags=LEAVING)
                    time.sleep(pause)
                return 0
            if select.select([self.socket], [], [], 0.01)[0]:
                try:
                    datagram, src = self.socket.recvfrom(65536)
                    self.receive(datagram, src)
                except (ValueError, OSError):
                    pass  # what does not open, does not decode or is not signed; a closed port
        return 1


# ---- Known answers --------------------------------------------------------------------------------------------

def check_primitives():
    x = bytes.fromhex
    key, pattern = bytes(range(32)), bytes(i % 251 for i in range(3000))
    assert blake3(b"") == x("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")
    assert chacha_block(key, 1, x("000000090000004a00000000")) == x(  # RFC 8439, 2.3.2
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")
    assert poly1305(x("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),  # RFC 8439, 2.5.2
                    b"Cryptographic Forum Research Group") == x("a8061dc1305136c6c22b8baf0c0127a9")
    assert hchacha(key, x("000000090000004a0000000031415927")) == x(  # draft-irtf-cfrg-xchacha, 2.2.1
        "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    box = xseal(bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58)),  # draft-irtf-cfrg-xchacha, A.3.1
                b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                b"sunscreen would be it.", x("50515253c0c1c2c3c4c5c6c7"))
    assert box[:16] == x("bd6d179d3e83d43b9576579493c0e939") and box[-16:] == x("c0875924c1c7987947deafd8780acf49")
    assert xopen(key, key[:24], xseal(key, key[:24], pattern, b"a"), b"a") == pattern
    secret = x("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, test 1
    public = x("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = x("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                  "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
    assert public_key(secret) == public and sign(secret, public, b"") == signature
    verify(public, b"", signature)
    second = (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    small = (1).to_bytes(32, "little")
    for bad in ((public, b"x", signature), (public, b"", signature[:32] + second), (small, b"", signature)):
        try:
            verify(*bad)
        except ValueError:
            continue
        raise AssertionError("accepted")


def main(arguments):
    if arguments == ["--vectors"]:
        check_primitives()
        room = Room("lobby")
        for name, value in (("room_id", room.id), ("tag", room.tag), ("k_seal", room.k_seal), ("k_nonce", room.k_nonce)):
            print(name, value.hex())
        return 0
    if len(arguments) not in (3, 5) or arguments[3:4] not in ([], ["--expect"]):
        print(__doc__, file=sys.stderr)
        return 2
    host, _, port = arguments[0].rpartition(":")
    there = (socket.gethostbyname(host), int(port))
    return Peer(there, arguments[1], arguments[2], (arguments[4:] or [None])[0]).main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
