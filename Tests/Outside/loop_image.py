"""A file system in a file, whose power can be cut: needs root, a loop device and the shutdown ioctl.

The ioctl stops the file system at once. What was not written to its device is lost, as in a power cut; what
the device has is kept. With `losing` the device forgets as well what it was not told to flush: losing_drive.py.
"""
import ctypes
import errno
import fcntl
import os
import shutil
import struct
import subprocess
import time

import losing_drive
import outside

# EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are the same number; 2: without writing the journal first.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
MEBIBYTE = 1 << 20
SIZES = {"ext4": 128 * MEBIBYTE, "xfs": 320 * MEBIBYTE}  # mkfs.xfs refuses less than 300
BUSY_SECONDS = 10
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000


def why_not(kind):
    """What is missing for images of this kind; None when nothing is."""
    if os.geteuid() != 0:
        return "needs root"
    if not os.path.exists("/dev/loop-control"):
        return "needs loop devices, and /dev/loop-control is not there"
    for program in ("mkfs." + kind, "mount", "umount"):
        if not shutil.which(program):
            return "needs %s (apt-get install e2fsprogs xfsprogs mount)" % program
    with open("/proc/filesystems") as known:
        if kind not in known.read().split():
            return "this kernel has no " + kind
    return None


def own_mounts():
    """A mount namespace of our own: our mounts are seen by nobody else, and end with us however we end."""
    if LIBC.unshare(CLONE_NEWNS) or LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None):
        raise outside.Skipped("needs a mount namespace of its own: " + os.strerror(ctypes.get_errno()))


class Image:
    """Made, mounted, cut and mounted again; used in `with`, which leaves nothing behind."""

    def __init__(self, kind, folder, losing=None, options=""):
        """`losing`: random numbers, for a drive that forgets. `options`: of mount."""
        self.options = ",".join(filter(None, ("loop", options)))
        reason = why_not(kind)
        if reason:
            raise outside.Skipped(reason)
        self.kind, self.losing, self.drive, self.is_mounted = kind, losing, None, False
        self.path, self.mount_point = folder / (kind + ".img"), folder / kind
        self.mount_point.mkdir(exist_ok=True)
        if losing:
            try:
                self.drive = losing_drive.Drive(folder / "drive", SIZES[kind])
            except OSError as error:
                raise outside.Skipped(str(error)) from None
            self.path = self.drive.path
        else:
            with open(self.path, "wb") as file:
                file.truncate(SIZES[kind])
        try:
            command("mkfs." + kind, "-q", str(self.path))
        except outside.Skipped:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.unmount()
        if self.drive:
            self.drive.close()
        else:
            self.path.unlink(missing_ok=True)

    def mount(self):
        begin = time.monotonic()
        if self.drive:
            self.drive.power_on()
        # The kernel refuses a loop device that is only just being let go.
        while True:
            try:
                command("mount", "-t", self.kind, "-o", self.options, str(self.path), str(self.mount_point))
                break
            except outside.Skipped:
                if time.monotonic() - begin > BUSY_SECONDS:
                    raise
                time.sleep(0.05)
        self.is_mounted = True

    def sync(self):
        """What was written is on the device."""
        descriptor = os.open(self.mount_point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if LIBC.syncfs(descriptor):
                raise OSError(ctypes.get_errno(), "syncfs")
        finally:
            os.close(descriptor)

    def clear(self):
        """Nothing is there any more, and a cut brings nothing back."""
        for path in self.mount_point.iterdir():
            if path.name != "lost+found":
                shutil.rmtree(path)
        self.sync()

    def cut(self):
        """The power goes; returns the moment just before it."""
        descriptor = os.open(self.mount_point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            at = time.monotonic()
            if self.drive:
                self.drive.cut(self.losing.randrange(1 << 32))
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EPERM, errno.EOPNOTSUPP):
                raise outside.Skipped("%s has no shutdown ioctl here: %s" % (self.kind, error)) from None
            raise
        finally:
            os.close(descriptor)
        return at

    def unmount(self):
        """Waits for the last of our processes to let go."""
        begin = time.monotonic()
        while self.is_mounted:
            result = subprocess.run(["umount", str(self.mount_point)], capture_output=True, text=True)
            if result.returncode == 0:
                self.is_mounted = False
            elif time.monotonic() - begin > BUSY_SECONDS:
                subprocess.run(["umount", "-l", str(self.mount_point)], check=False)
                raise AssertionError(result.stderr)
            else:
                time.sleep(0.02)  # nothing tells when a mount is no longer busy


def command(*arguments):
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode:
        raise outside.Skipped("%s: %s" % (" ".join(arguments), result.stderr.strip()))
