#!/usr/bin/env python3
"""A drive that forgets, at a power cut, any part of what it was not told to flush: one file on a FUSE mount.

The kernel's loop device turns a file system's flushes into fsync of that file. A write counts as kept from the
next fsync on. At a cut every write since then is kept, lost, or kept in some of its sectors, as the seed says:
so later ones may survive earlier ones, as in a disk with a cache. `Drive` starts and stops this program.
"""
import ctypes
import mmap
import os
import pathlib
import random
import select
import struct
import subprocess
import sys

SECTOR = 512
BUFFER = (1 << 20) + 4096
# linux/fuse.h
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC = 1, 2, 3, 4, 14, 15, 16, 17, 18, 20
FLUSH, INIT, INTERRUPT, DESTROY, BATCH_FORGET = 25, 26, 36, 38, 42
DIRECT_IO = 1
BIG_WRITES, MAX_PAGES = 1 << 5, 1 << 22
ENOENT, ENOSYS = 2, 38
ROOT, FILE = 1, 2
MS_NOSUID, MS_NODEV = 2, 4


class Disk:
    """Bytes, and how to undo what was written since the last flush."""

    def __init__(self, size):
        self.size, self.bytes = size, mmap.mmap(-1, size)
        self.pending = []  # (offset, what was there, what was written)
        self.is_on, self.lost, self.flushes = True, 0, 0

    def read(self, offset, count):
        return self.bytes[offset:min(offset + count, self.size)]

    def write(self, offset, data):
        if self.is_on:
            self.pending.append((offset, self.bytes[offset:offset + len(data)], data))
            self.bytes[offset:offset + len(data)] = data

    def flush(self):
        if self.is_on:
            self.pending, self.flushes = [], self.flushes + 1

    def cut(self, dice):
        """Without power: what was not flushed is kept or lost, sector by sector in some writes."""
        for offset, before, _ in reversed(self.pending):
            self.bytes[offset:offset + len(before)] = before
        share = dice.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for offset, before, data in self.pending:
            if dice.random() < 0.2:
                for at in range(0, len(data), SECTOR):
                    if dice.random() < share:
                        self.bytes[offset + at:offset + at + SECTOR] = data[at:at + SECTOR]
                    else:
                        self.lost += 1
            elif dice.random() < share:
                self.bytes[offset:offset + len(data)] = data
            else:
                self.lost += len(data) // SECTOR
        self.pending, self.is_on = [], False


class Server:
    """The few requests of the FUSE protocol that one file needs."""

    def __init__(self, folder, size):
        self.disk = Disk(size)
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = "fd=%d,rootmode=40000,user_id=0,group_id=0" % self.device
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"tracker-drive", os.fsencode(folder), b"fuse", MS_NOSUID | MS_NODEV, options.encode()):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def serve(self):
        """Until standard input ends: requests of the kernel, and lines with commands."""
        print("ready", flush=True)
        while True:
            for ready in select.select([self.device, 0], [], [])[0]:
                if ready == self.device:
                    if not self.answer():
                        return
                    continue
                words = os.read(0, 100).split()
                if not words:
                    return
                if words[0] == b"cut":
                    self.disk.cut(random.Random(int(words[1])))
                else:
                    self.disk.is_on = True
                print(self.disk.lost, self.disk.flushes, flush=True)

    def answer(self):
        try:
            request = os.read(self.device, BUFFER)
        except OSError:
            return False  # unmounted
        _, code, unique, node = struct.unpack_from("<IIQQ", request)
        body = request[40:]
        if code in (FORGET, BATCH_FORGET, INTERRUPT):
            return True
        error, reply = self.reply(code, node, body)
        os.write(self.device, struct.pack("<IiQ", 16 + len(reply), -error, unique) + reply)
        return code != DESTROY

    def reply(self, code, node, body):
        if code == INIT:
            return 0, struct.pack("<IIIIHHIIHHI28x", 7, 31, 1 << 17, BIG_WRITES | MAX_PAGES, 12, 9, 1 << 20, 1,
                                  256, 0, 0)
        if code == LOOKUP:
            if node != ROOT or body.rstrip(b"\0") != b"disk":
                return ENOENT, b""
            return 0, struct.pack("<QQQQII", FILE, 0, 3600, 3600, 0, 0) + self.attributes(FILE)
        if code in (GETATTR, SETATTR):
            return 0, struct.pack("<QII", 3600, 0, 0) + self.attributes(node)
        if code == OPEN:
            return 0, struct.pack("<QII", 0, DIRECT_IO, 0)
        if code == READ:
            return 0, self.disk.read(*struct.unpack_from("<QI", body, 8))
        if code == WRITE:
            offset, count = struct.unpack_from("<QI", body, 8)
            self.disk.write(offset, body[40:40 + count])
            return 0, struct.pack("<II", count, 0)
        if code == FSYNC:
            self.disk.flush()
            return 0, b""
        if code == STATFS:
            return 0, struct.pack("<QQQQQIIII24x", 1 << 20, 0, 0, 1, 0, 4096, 255, 4096, 0)
        return (0, b"") if code in (FLUSH, RELEASE, DESTROY) else (ENOSYS, b"")

    def attributes(self, node):
        size = self.disk.size if node == FILE else 0
        mode = 0o100600 if node == FILE else 0o40700
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // SECTOR, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0,
                           4096, 0)


class Drive:
    """A running drive; `path` is its file."""

    def __init__(self, folder, size):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.path = self.folder / "disk"
        self.child = subprocess.Popen([sys.executable, __file__, str(self.folder), str(size)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True)
        if self.child.stdout.readline() != "ready\n":
            raise OSError("no drive on FUSE: " + self.child.communicate()[1].strip()[-300:])
        self.lost = self.flushes = 0

    def tell(self, words):
        self.child.stdin.write(words + "\n")
        self.child.stdin.flush()
        self.lost, self.flushes = map(int, self.child.stdout.readline().split())

    def cut(self, seed):
        self.tell("cut %d" % seed)

    def power_on(self):
        self.tell("on")

    def close(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)
        self.child.communicate()


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2])).serve()
