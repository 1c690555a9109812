#!/usr/bin/env python3
"""A peer written from PROTOCOL.md alone: it proves that the text is complete.

    peer.py HOST:PORT NICK TEXT [OPTIONS]    join `lobby` there, say TEXT, leave once it is acknowledged
        --expect TEXT2            and once this line or letter has come
        --invite FILE             join the room of the invitation `chinwag:ROOM#WORDS` in FILE instead
        --passphrase NAME FILE    join room NAME, the first line of FILE is its passphrase (takes a minute)
        --to NICK                 send TEXT as a letter to NICK, who has to acknowledge it
    peer.py --vectors [--slow]               check the primitives, print vectors; also the one that takes a minute

Nothing but the standard library, so the cryptography is written out. It is slow and not constant in time: a test,
not an example to copy. Numbers in brackets are sections of PROTOCOL.md.
"""
import functools
import hashlib
import hmac
import operator
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

# ---- ChaCha20-Poly1305 and XChaCha20-Poly1305

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

def chachapoly(key, nonce, data, aad, sealing):
    """The data with the key stream over it, and the tag of the sealed side of it."""
    stream = b"".join(block(key, i, nonce) for i in range(1, len(data) // 64 + 2))
    out = bytes(a ^ b for a, b in zip(data, stream))
    sealed = out if sealing else data
    parts = aad, bytes(-len(aad) % 16), sealed, bytes(-len(sealed) % 16), struct.pack("<QQ", len(aad), len(sealed))
    return out, poly1305(block(key, 0, nonce)[:32], b"".join(parts))

def seal(key, nonce, plain, aad):
    return b"".join(chachapoly(key, nonce, plain, aad, True))

def unseal(key, nonce, box, aad):
    plain, tag = chachapoly(key, nonce, box[:-16], aad, False)
    return plain if hmac.compare_digest(tag, box[-16:]) else refuse("does not open")

def xseal(key, nonce, plain, aad):
    return seal(hchacha(key, nonce[:16]), bytes(4) + nonce[16:], plain, aad)

def xopen(key, nonce, box, aad):
    return unseal(hchacha(key, nonce[:16]), bytes(4) + nonce[16:], box, aad)

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

def clamp(data):
    return int.from_bytes(data[:32], "little") & (1 << 254) - 8 | 1 << 254

def clamped(secret):
    return clamp(hashlib.sha512(secret).digest())

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

# ---- X25519, and HPKE (RFC 9180) in base mode with HKDF-SHA256 and ChaCha20-Poly1305

NINE = (9).to_bytes(32, "little")

def x25519(secret, u=NINE):
    """The ladder of RFC 7748; without u, the public key."""
    x1 = int.from_bytes(u, "little") & (1 << 255) - 1
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in f"{clamp(secret):b}":
        x2, z2, x3, z3 = (x3, z3, x2, z2) if bit == "1" else (x2, z2, x3, z3)
        aa, bb, da, cb = (x2 + z2) ** 2, (x2 - z2) ** 2, (x3 - z3) * (x2 + z2), (x3 + z3) * (x2 - z2)
        x2, z2, x3, z3 = aa * bb, (aa - bb) * (aa + 121665 * (aa - bb)), (da + cb) ** 2, x1 * (da - cb) ** 2
        x2, z2, x3, z3 = (x3 % P, z3 % P, x2 % P, z2 % P) if bit == "1" else (x2 % P, z2 % P, x3 % P, z3 % P)
    return (x2 * pow(z2, -1, P) % P).to_bytes(32, "little") if z2 else refuse("an agreement of zeros")

def montgomery(public):
    """An Ed25519 public key as one of X25519: (1 + y) / (1 - y)."""
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    return ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little")

KEM, SUITE = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\3"

def extract(suite, salt, label, data):
    return hmac.digest(salt, b"HPKE-v1" + suite + label + data, "sha256")

def expand(suite, key, label, data, n):  # of HKDF's blocks the first is enough: n <= 32
    return hmac.digest(key, struct.pack(">H", n) + b"HPKE-v1" + suite + label + data + b"\1", "sha256")[:n]

def hpke(shared, ephemeral, public, info):
    """Key and nonce of the first and only message."""
    secret = expand(KEM, extract(KEM, b"", b"eae_prk", shared), b"shared_secret", ephemeral + public, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, secret, b"secret", b"")
    return expand(SUITE, secret, b"key", context, 32), expand(SUITE, secret, b"base_nonce", context, 12)

def hpke_seal(public, info, aad, plain, secret):
    ephemeral = x25519(secret)
    return ephemeral + seal(*hpke(x25519(secret, public), ephemeral, public, info), plain, aad)

def hpke_open(secret, info, aad, box):
    return unseal(*hpke(x25519(secret, box[:32]), box[:32], x25519(secret), info), box[32:], aad)

# ---- Argon2id (RFC 9106); a block is a number of 1024 bytes, little-endian

ROWS = [[16 * i + j for j in range(16)] for i in range(8)]
COLUMNS = [[2 * i + 16 * (j // 2) + j % 2 for j in range(16)] for i in range(8)]
ARGON_MIXES, MASK64 = [[line[i] for i in mix] for line in ROWS + COLUMNS for mix in MIXES], (1 << 64) - 1

def argon_compress(x, y):
    v = list(struct.unpack("<128Q", (x ^ y).to_bytes(1024, "little")))
    for a, b, c, d in ARGON_MIXES:
        for i, j, k, r in ((a, b, d, 32), (c, d, b, 24), (a, b, d, 16), (c, d, b, 63)):
            v[i] = v[i] + v[j] + 2 * (v[i] & MASK) * (v[j] & MASK) & MASK64
            w = v[k] ^ v[i]
            v[k] = (w >> r | w << (64 - r)) & MASK64
    return int.from_bytes(struct.pack("<128Q", *v), "little") ^ x ^ y

def argon_hash(n, data):
    v, out = hashlib.blake2b(struct.pack("<I", n) + data, digest_size=min(n, 64)).digest(), b""
    while n - len(out) > 64:
        out += v[:32]
        v = hashlib.blake2b(v, digest_size=min(n - len(out), 64)).digest()
    return out + v

def argon2id(password, salt, m, t=3, p=4, n=32, key=b"", data=b""):
    h0 = struct.pack("<6I", p, n, m, t, 0x13, 2)
    h0 = hashlib.blake2b(h0 + b"".join(struct.pack("<I", len(x)) + x for x in (password, salt, key, data))).digest()
    quarter = m // (4 * p)  # a lane has four of them
    width = 4 * quarter
    start = lambda lane, i: int.from_bytes(argon_hash(1024, h0 + struct.pack("<2I", i, lane)), "little")
    lanes = [[start(lane, i) if i < 2 else 0 for i in range(width)] for lane in range(p)]
    for turn, part, lane in ((turn, part, lane) for turn in range(t) for part in range(4) for lane in range(p)):
        blind, mine = turn == 0 and part < 2, lanes[lane]  # whether what is mixed in depends on no data
        for i in range(2 if turn == part == 0 else 0, quarter):
            at = part * quarter + i
            if blind and (i % 128 == 0 or at == 2):
                counter = struct.pack("<7Q", turn, lane, part, width * p, t, 2, i // 128 + 1)
                picks = argon_compress(0, argon_compress(0, int.from_bytes(counter, "little")))
            pick = (picks >> 64 * (i % 128) if blind else mine[at - 1]) & MASK64
            other = lane if turn == part == 0 else (pick >> 32) % p
            area = (part if turn == 0 else 3) * quarter + (i - 1 if other == lane else -(i == 0))
            back = area * ((pick & MASK) ** 2 >> 32) >> 32
            first = 0 if turn == 0 else (part + 1) * quarter
            mine[at] ^= argon_compress(mine[at - 1], lanes[other][(first + area - 1 - back) % width])
    return argon_hash(n, functools.reduce(operator.xor, (lane[-1] for lane in lanes)).to_bytes(1024, "little"))

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

    def at_most(self, most):
        byte = self.u8()
        return byte if byte <= most else refuse("more than there is")

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

# ---- The room and what is held of it (A, 4, 5)

ENTRIES, BEACON, HEADS, WANT, BUCKETS, RETRY, GONE = range(7)
LEAVING, TEMPORARY = 1, 16
TEXT, ACTION, PROFILE, SEALED = 0, 1, 2, 6
LETTER_SIZES = 64, 128, 256, 512, 768

def nfkc(text):
    return unicodedata.normalize("NFKC", text).encode()

def open_room(name):
    return Room(derive("chinwag 1 open room", nfkc(name)))

def passphrase_secret(name, passphrase, m=65536):
    return argon2id(nfkc(passphrase), blake3(b"chinwag 1 salt" + nfkc(name))[:16], m)

def invitation(line):
    room, _, words = line.strip().rpartition("#")
    words = words.split("-") if room.startswith("chinwag:") else refuse("no invitation")
    parts = [from_words(words[i:i + 12]) for i in range(0, len(words), 12)]
    return Room(derive("chinwag 1 invite", parts[0]), *parts[1:]) if len(parts) <= 2 else refuse("too many words")

def word_list():
    here = os.path.dirname(os.path.abspath(__file__))
    paths = [os.path.join(folder, "assets", "words.txt") for folder in (here, os.path.dirname(here))]
    with open(next(filter(os.path.exists, paths)), encoding="utf-8") as file:
        return file.read().split()

def words_of(number, count):
    every = word_list()
    return [every[number >> 11 * i & 2047] for i in reversed(range(count))]

def to_words(data):
    return words_of(int.from_bytes(data + blake3(b"chinwag 1 words" + data)[:1], "big") >> 4, 12)

def from_words(words):
    number, every = 0, word_list()
    for word in words:
        number = number << 11 | every.index(word)  # its error is a ValueError
    data = (number >> 4 & (1 << 128) - 1).to_bytes(16, "big")
    return data if to_words(data) == words else refuse("not these words")

def letters(hash, count):
    return "".join("abcdefghijkmnpqrstuvwxyz23456789"[b % 32] for b in hash[:count])

def key_tag(author):
    return letters(derive("chinwag 1 key tag", author), 4)

def verification(*authors):
    return words_of(int.from_bytes(derive("chinwag 1 verify", b"".join(sorted(authors))), "big") >> 146, 10)

@functools.cache
def agreement(secret, author):
    return derive("chinwag 1 hint", x25519(hashlib.sha512(secret).digest()[:32], montgomery(author)))

def padded(letter):
    return letter.ljust(next((n for n in LETTER_SIZES if n >= len(letter)), 0) or refuse("too long"), b"\0")

def text_body(text, continues=False, auto=False):
    return listing([sized(text.encode())]) + bytes([continues, auto])

def text_letter(text, continues=False, auto=False):
    return padded(varint(0) + text_body(text, continues, auto))

class Room:
    def __init__(self, s, id=None):
        self.s = s
        self.id, self.tag = id or derive("chinwag 1 room id", s)[:16], derive("chinwag 1 tag", s)[:8]
        self.k_seal, self.k_nonce, self.counter = derive("chinwag 1 seal", s), derive("chinwag 1 nonce", s), 0
        self.head = b"\xFF\x43\x01" + self.tag

    def seal(self, frame, nonce=None):
        self.counter += 1
        nonce = nonce or keyed(self.k_nonce, os.urandom(32) + struct.pack("<Q", self.counter) + frame)[:24]
        return self.head + nonce + xseal(self.k_seal, nonce, frame, self.head)

    def open(self, datagram):
        if datagram[:11] != self.head or not 11 + 24 + 16 < len(datagram) <= 1200:
            refuse("not of this room")
        return xopen(self.k_seal, datagram[11:35], datagram[35:], self.head)

    def log_id(self, author, run):
        return blake3(b"chinwag 1 log" + self.id + author + run)[:8]

    def signed(self, what, data):
        return b"chinwag 1 " + what + b"\0" + self.id + data

    def seal_letter(self, agreement, prekey, header, letter, secret):
        """The body of an entry of kind 6 (8)."""
        hint = keyed(agreement, self.id + header)[:8]
        return hint + hpke_seal(prekey, b"chinwag 1 private", self.id + header, letter, secret)

    def open_letter(self, agreement, secret, header, body):
        """Nothing where it is not for me."""
        if len(body) - 8 - 32 - 16 not in LETTER_SIZES:
            refuse("no letter")
        if body[:8] == keyed(agreement, self.id + header)[:8]:
            return hpke_open(secret, b"chinwag 1 private", self.id + header, body[8:])

class Entry:
    def __init__(self, room, data, signature):
        r = Reader(data)
        self.author, self.run, self.seq, self.prev = r.take(32), r.take(8), r.varint(), r.take(16)
        self.time, self.kind, self.header, self.body = r.u64(), r.u8(), data[:r.at], r.bytes(980)
        r.end(self.seq or refuse("numbers begin at 1"))
        self.data, self.signature, self.log = data, signature, room.log_id(self.author, self.run)
        self.id = blake3(b"chinwag 1 entry id" + room.id + data)[:16]

class Log:
    def __init__(self, id):
        self.id, self.entries, self.gone = id, {}, []  # entries: seq -> at most two, the lower id first
        self.nick, self.shown, self.partial = "?", 0, {}  # partial: of texts, and of letters to me
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
    def __init__(self, there, nick, text, room, expect=None, to=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        print("port", self.socket.getsockname()[1], flush=True)
        self.there, self.nick, self.text, self.expect, self.to = there, nick, text, expect, to
        self.room, self.secret, self.run, self.clock, self.counter = room, os.urandom(32), os.urandom(8), 0, 0
        self.author, self.prekey_secret, self.receiver = public_key(self.secret), os.urandom(32), None
        self.prekey = x25519(self.prekey_secret)
        self.mine = self.room.log_id(self.author, self.run)
        self.logs = {self.mine: Log(self.mine)}
        self.counters, self.direct = {}, {}  # of instances, by log id: newest beacon, address of the newest direct one
        self.cookies = {}                    # what an address gave me to show it
        self.proven, self.challenged, self.cookie_key = {there}, set(), os.urandom(32)
        self.roots, self.acknowledged, self.seen = [], False, expect is None
        self.write(self.header(PROFILE), sized(nick.encode()))
        if to is None:
            self.write(self.header(TEXT), text_body(text))

    def tick(self):
        """The hybrid logical clock (4): it strictly rises."""
        self.clock = max(self.clock + 1, int(time.time() * 1000) << 16)
        return self.clock.to_bytes(8, "big")

    def saw(self, when):
        if when >> 16 <= time.time() * 1000 + 600_000:
            self.clock = max(self.clock, when)

    def header(self, kind):
        log = self.logs[self.mine]
        seq = log.settled() + 1
        prev = log.entries[seq - 1][0].id if seq > 1 else bytes(16)
        return self.author + self.run + varint(seq) + prev + self.tick() + bytes([kind])

    def write(self, header, body):
        data, self.roots = header + sized(body), []  # a former root covers less
        self.logs[self.mine].put(Entry(self.room, data,
                                       sign(self.secret, self.author, self.room.signed(b"entry", data))))

    def write_letter(self, author, prekey):
        agreed, last = agreement(self.secret, author), max(len(self.text) - 1, 0) // 180
        for i in range(last + 1):  # pieces of at most 720 bytes
            header, letter = self.header(SEALED), text_letter(self.text[180 * i:180 * i + 180], i < last)
            self.write(header, self.room.seal_letter(agreed, prekey, header, letter, os.urandom(32)))

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
                + bytes([TEMPORARY | flags, 5]) + root + varint(len(heads)) + self.prekey + varint(0)
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
        """Whether repair may go to this address (6, Meet); if not, it is asked to prove itself."""
        if cookie == self.cookie_for(src):
            self.proven.add(src)
        if src not in self.proven:
            self.send(RETRY, self.cookie_for(src), src)
        return src in self.proven

    def receive(self, datagram, src):
        r = Reader(self.room.open(datagram))
        fields = {
            ENTRIES: lambda: (r.bool(), r.list(16, lambda: (r.bytes(), r.take(64)))),
            BEACON: lambda: (r.at_most(2), r.bytes(), r.take(64)),
            HEADS: lambda: (r.bool(), r.bool(), r.list(40, lambda: (r.take(8), r.varint(), r.varint(), r.take(8)))),
            WANT: lambda: (r.take(8), r.list(60, lambda: (r.take(8), r.varint(), r.u8()))),
            BUCKETS: lambda: (r.take(8), [r.take(6) for _ in range(64)]),
            RETRY: lambda: (r.take(8),),
            GONE: lambda: (r.list(40, lambda: (r.take(8), r.varint(), r.varint())),),
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
        flags, _interval, root, _logs, prekey = r.u8(), r.u8(), r.take(8), r.varint(), r.take(32)
        r.varint()  # since when another secret holds
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
        if nick == self.to and not self.receiver and any(prekey) and not flags & LEAVING:
            self.write_letter(author, prekey)
            self.receiver = log
        covers = root in self.roots or (self.mine, self.logs[self.mine].settled()) in acks
        if not self.acknowledged and covers and (self.to is None or self.receiver == log):
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
        """Gaps (6, Gap): six times, the pauses double."""
        for log in self.logs.values():
            (seq, holder, tries, due), first = log.lacking, log.settled() + 1
            if first <= seq and tries < 6 and now >= due:
                self.send_want([(log.id, first, seq - first + 1)], holder)
                log.lacking = (seq, holder, tries + 1, now + 0.06 * 2 ** tries)

    def show(self, log):
        """Every entry once, in order, as far as it is settled (9)."""
        settled = log.settled()
        for seq in sorted(s for s in log.entries if log.shown < s <= settled and log.id != self.mine):
            log.shown = seq
            for entry in log.entries[seq]:
                r = Reader(entry.body)
                try:
                    if entry.kind == PROFILE:
                        log.nick = r.end(r.string())
                    elif entry.kind == TEXT:
                        self.say(log, TEXT, log.nick, *r.end((r.list(980, r.string), r.bool(), r.bool())))
                    elif entry.kind == ACTION:
                        self.say(log, ACTION, log.nick, *r.end((["/me " + r.string()], False, r.bool())))
                    elif entry.kind == SEALED:
                        self.show_letter(log, entry)
                except ValueError:
                    print(f"<{log.nick}> (damaged)", flush=True)

    def show_letter(self, log, entry):
        agreed = agreement(self.secret, entry.author)
        plain = self.room.open_letter(agreed, self.prekey_secret, entry.header, entry.body)
        if plain:
            r = Reader(plain)
            fields = {TEXT: lambda: (r.list(1, r.string), r.bool(), r.bool()),
                      ACTION: lambda: (["/me " + r.string()], False, r.bool())}
            number = r.varint()
            said = fields[number]() if number in fields else ([f"(letter {number})"], False, False)
            if number in fields and padded(plain[:r.at]) != plain:
                refuse("not the padding")
            self.say(log, SEALED, log.nick + " → me", *said)

    def say(self, log, kind, who, texts, continues, auto):
        lines = [log.partial.pop(kind, "") + (texts or refuse("empty"))[0], *texts[1:]]
        if continues:
            log.partial[kind] = lines.pop()
        for line in lines:
            print(f"<{who}> {line}" + " (a program says)" * auto, flush=True)
            self.seen |= line == self.expect

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
    assert x25519(x("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),  # RFC 7748, 5.2
                  x("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")) == x(
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    assert montgomery(public) == x25519(hashlib.sha512(secret).digest())
    secret, public = (x("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"),  # RFC 9180, A.2.1
                      x("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"))
    plain, info, ephemeral = (b"Beauty is truth, truth beauty", b"Ode on a Grecian Urn",
                              x("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600"))
    box = hpke_seal(public, info, b"Count-0", plain, ephemeral)
    assert box == x("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a1c5250d8034ec2b784ba2cfd69dbdb8a"
                    "f406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28")
    assert x25519(secret) == public and hpke_open(secret, info, b"Count-0", box) == plain
    assert argon2id(b"\1" * 32, b"\2" * 16, 32, key=b"\3" * 8, data=b"\4" * 12) == x(  # RFC 9106, 5.3
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")

def transfer_vectors(room):
    """Both sides of one transfer, and a stream in blocks. (PROTOCOL 11)"""
    asker, holder = public_key(b"\1" * 32), public_key(b"\2" * 32)
    ephemeral = lambda seed, random, context: derive("chinwag 1 ephemeral", seed + random + context)
    head = asker + b"\7" * 8 + bytes.fromhex("0000018bcfe56800") + holder + b"\x09" * 8 + b"\6" * 8
    mine = ephemeral(b"\1" * 32, b"\x0a" * 32, room.id + head)
    begin = head + x25519(mine)
    begin_hash = derive("chinwag 1 begin", room.id + begin)
    theirs = ephemeral(b"\2" * 32, b"\x0b" * 32, room.id + begin_hash)
    accept = begin_hash + x25519(theirs)
    accept_hash = derive("chinwag 1 accept", room.id + accept)
    agreed = x25519(mine, accept[32:])
    assert agreed == x25519(theirs, begin[96:])
    pull_key, piece_key, mark_key = (derive("chinwag 1 " + name, agreed + begin_hash + accept_hash)
                                     for name in ("pull", "piece", "mark"))
    yield from (("begin_secret", mine), ("begin", begin),
                ("begin_signature", sign(b"\1" * 32, asker, b"chinwag 1 begin\0" + room.id + begin)),
                ("begin_hash", begin_hash), ("accept_secret", theirs), ("accept_key", accept[32:]),
                ("accept_signature", sign(b"\2" * 32, holder, b"chinwag 1 accept\0" + room.id + accept)),
                ("accept_hash", accept_hash), ("agreed", agreed),
                ("k_pull", pull_key), ("k_piece", piece_key), ("k_mark", mark_key))

    def datagram(key, direction, counter, plain, said):
        counter = struct.pack("<I", counter)
        mark = keyed(mark_key, bytes([direction]) + counter + struct.pack("<H", len(plain)) + said)[:8]
        head = b"\xff\x43\x02" + begin_hash[:8]
        return head + counter + mark + seal(key, counter + mark, plain, head)

    offer, stop = b"\x0c" * 16, bytes([2, 0])
    wanted = listing([bytes([0]) + varint(0) + varint(65536)])
    pull = bytes([0]) + offer + varint(0) + varint(65536) + varint(1000000) + varint(1200) + wanted
    piece, data = bytes([1, 0]) + varint(65536) + varint(16), b"0123456789abcdef"
    yield from (("pull", datagram(pull_key, 0, 1, pull, pull)),
                ("piece", datagram(piece_key, 1, 1, piece + data, offer + struct.pack("<I", 0) + piece)),
                ("stop", datagram(pull_key, 0, 2, stop, stop)))
    stream = bytes(i % 251 for i in range(65537))
    values = [struct.pack("<8I", *subtree(stream[at:at + 65536], IV, 0, at // 1024, 0)) for at in (0, 65536)]
    root = compress(IV, b"".join(values), 0, PARENT | ROOT)
    assert struct.pack("<8I", *root) == blake3(stream)
    yield from (("first_value", values[0]), ("stream_hash", struct.pack("<8I", *root)))
    item = sized("a.txt".encode()) + varint(65537) + struct.pack("<8I", *root) + bytes([0])
    answer = bytes([5]) + b"\x0c" * 16 + varint(0) + varint(1)
    yield from (("offers", listing([item])), ("offer_id", [letters(blake3(b"\x0c" * 16 + struct.pack("<I", 0)), 6)]),
                ("offer_letter", padded(bytes([4]) + item)), ("answer_letter", padded(answer)))

def carrier_vectors(room):
    """What a broker sees of a room (section 12)."""
    client, key, plain = b"\x0d" * 32, lambda purpose: derive("chinwag 1 " + purpose, room.s), varint(RETRY) + b"\6" * 8
    topic, inbox = key("topic")[:8], keyed(key("inbox"), client)[:8]
    yield from (("client_id", [letters(derive("chinwag 1 client id", client), 22)]), ("topic", topic), ("inbox", inbox),
                ("k_carrier", key("carrier")), ("k_carrier_nonce", key("carrier nonce")), ("k_inbox", key("inbox")))
    for name, destination in (("to_topic", b"\0" + topic), ("to_inbox", b"\1" + b"\x0e" * 8)):
        head = b"\xFF\x43\x03" + inbox
        salted = b"\x0f" * 32 + struct.pack("<Q", 1) + head + destination + plain
        nonce = keyed(key("carrier nonce"), salted)[:24]
        yield name, head + nonce + xseal(key("carrier"), nonce, plain, head + destination)

def vectors(slow):
    """(name, bytes or words)"""
    words, passphrase = to_words(bytes(range(16))), "correct horse battery staple"
    lobby, room = open_room("lobby"), invitation("chinwag:team#" + "-".join(words))
    of = lambda room, prefix: ((prefix + "room_id", room.id), (prefix + "tag", room.tag),
                               (prefix + "k_seal", room.k_seal), (prefix + "k_nonce", room.k_nonce))
    yield from of(lobby, "")
    yield "argon2_256k", passphrase_secret("team", passphrase, 256)
    yield "invite_words", words
    yield from of(room, "invite_")
    one, two = public_key(b"\1" * 32), public_key(b"\2" * 32)
    agreed, prekey = agreement(b"\1" * 32, two), x25519(b"\3" * 32)
    assert agreed == agreement(b"\2" * 32, one)
    yield from (("key_tag", [key_tag(one)]), ("verification", verification(one, two)), ("agreement", agreed))
    header = one + b"\7" * 8 + varint(2) + b"\x08" * 16 + bytes.fromhex("0000018bcfe56800") + bytes([SEALED])
    letter = text_letter("see you at noon", auto=True)
    body = room.seal_letter(agreed, prekey, header, letter, b"\4" * 32)
    assert room.open_letter(agreed, b"\3" * 32, header, body) == letter
    envelope = room.seal(varint(RETRY) + b"\6" * 8, b"\5" * 24)
    yield from (("hint", body[:8]), ("letter", letter), ("prekey", prekey), ("hpke", body[8:]), ("envelope", envelope))
    yield from transfer_vectors(room)
    yield from carrier_vectors(room)
    if slow:
        yield "argon2", passphrase_secret("team", passphrase)

def main(arguments):
    sys.stdout.reconfigure(encoding="utf-8")
    if arguments in (["--vectors"], ["--vectors", "--slow"]):
        check_primitives()
        for name, value in vectors("--slow" in arguments):
            print(name, value.hex() if isinstance(value, bytes) else "-".join(value), flush=True)
        return 0
    options, rest, takes = {}, arguments[3:], {"--expect": 1, "--to": 1, "--invite": 1, "--passphrase": 2}
    while rest and len(rest) > takes.get(rest[0], len(rest)):
        count = 1 + takes[rest[0]]
        options[rest[0]], rest = rest[1:count], rest[count:]
    if len(arguments) < 3 or rest:
        print(__doc__, file=sys.stderr)
        return 2
    room = open_room("lobby")
    if "--invite" in options:
        with open(options["--invite"][0], encoding="utf-8") as file:
            room = invitation(next((line for line in file if line.startswith("chinwag:")), ""))
    if "--passphrase" in options:
        name, path = options["--passphrase"]
        with open(path, encoding="utf-8") as file:
            room = Room(passphrase_secret(name, file.readline().strip()))
    host, _, port = arguments[0].rpartition(":")
    expect, to = (options.get(name, [None])[0] for name in ("--expect", "--to"))
    return Peer((socket.gethostbyname(host), int(port)), arguments[1], arguments[2], room, expect, to).main()

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
