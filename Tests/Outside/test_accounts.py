"""Two more accounts of this machine against the one that records: what they read, write, block or plant.

Root only, because it becomes other accounts. They need no entry in the system's files: a number is an account.
"""
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile

import pytest

import outside

harness = outside.harness
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="becomes other accounts, which needs root")

OWNER, OTHER = 61001, 61002
KEY = "a-key-that-nobody-else-knows-7f3a"
SECONDS = 60
# Not the one of the tests: it stands in a folder that these accounts may not enter.
PYTHON = "/usr/bin/python3"
EVENT = '{"metric":"latency_ms","value":1.5}\n'


def as_account(account, *, mask=0o022):
    return dict(user=account, group=account, extra_groups=[], umask=mask)


@pytest.fixture
def place():
    """A folder that every account can enter and nobody but its owner can change."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="accounts."))
    folder.chmod(0o711)
    mine = folder / "owner"
    mine.mkdir()
    mine.chmod(0o755)
    os.chown(mine, OWNER, OWNER)
    yield mine
    shutil.rmtree(folder)


def run(binary, *arguments, account=OWNER, mask=0o022, text=None, cwd="/", **env):
    # A program that hangs on what was planted is the failure.
    return subprocess.run(
        [str(binary), *map(str, arguments)], input=text, stdin=None if text is not None else subprocess.DEVNULL,
        capture_output=True, text=True, timeout=SECONDS, cwd=cwd, env=harness.environment(HOME="/", **env),
        **as_account(account, mask=mask))


@contextlib.contextmanager
def serving(binary, data, *arguments, mask=0o022, **env):
    child = subprocess.Popen(
        [str(binary), "serve", "--data", str(data), *map(str, arguments)], text=True, cwd="/",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=harness.environment(HOME="/", **env), **as_account(OWNER, mask=mask))
    try:
        line = harness.Reader(child.stdout).next(SECONDS)
        assert line, child.stderr.read()
        yield child, line
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(SECONDS)


# What an account does, in a process that is that account.
ATTACK = r"""
import os, socket, sys
what, path = sys.argv[1:3]
def walk(root):
    seen = []
    for folder, folders, files in os.walk(root, onerror=lambda error: seen.append("denied")):
        for name in files:
            try:
                with open(os.path.join(folder, name), "rb") as file: seen.append(file.read())
            except OSError: seen.append("denied")
    return seen
try:
    if what == "read": print([one for one in walk(path) if one != "denied"])
    elif what == "list": print(os.listdir(path))
    elif what == "bytes": print(open(path, "rb").read())
    elif what == "write": open(path, "ab").write(b"x"); print("written")
    elif what == "make": open(path, "xb").close(); print("made")
    elif what == "remove": os.remove(path); print("removed")
    elif what == "chmod": os.chmod(path, 0o777); print("changed")
    elif what == "link": os.link(path, sys.argv[3]); print("linked")
    elif what == "ask":
        end = socket.socket(socket.AF_UNIX); end.connect(path)
        end.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"); print(end.recv(100))
except OSError as error: print("error", error.errno)
"""


def attack(what, path, *more):
    out = subprocess.run(
        [PYTHON, "-c", ATTACK, what, str(path), *map(str, more)], capture_output=True, text=True,
        timeout=SECONDS, **as_account(OTHER))
    assert out.returncode == 0, out.stderr
    return out.stdout.strip()


def ask(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.read()


def port_of(line):
    return int(line.rsplit(":", 1)[1].strip(" /\n"))


def modes(root):
    """Everything below a folder that another account may do anything with."""
    open_ones = []
    for folder, folders, files in os.walk(root):
        for name in [".", *files]:
            path = os.path.join(folder, name)
            if os.lstat(path).st_mode & 0o077:
                open_ones.append((path, oct(stat.S_IMODE(os.lstat(path).st_mode))))
    return open_ones


def test_without_a_mask_all_that_is_made_is_the_owner_s_alone(binary, place):
    data = place / "data"
    assert run(binary, "log", "--data", data, "--session", "s", mask=0, text=EVENT).returncode == 0
    path = place / "socket"
    with serving(binary, data, "--port", "0", "--socket", path, mask=0) as (_, line):
        port = port_of(line)
        body = b'{"ts":1763899200000,"metric":"m","value":1}\n'
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", "/api/events?user=ann&session=t", body=body, headers={
                "Content-Type": "application/x-ndjson", "x-api-key": KEY})
            assert connection.getresponse().status == 200
        assert (data / "keys" / "claims.json").exists()
        assert KEY.encode() not in (data / "keys" / "claims.json").read_bytes()
        assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
        assert attack("ask", path).startswith("error")
    for command in (["index"], ["note", "anonymous/s", "text"], ["compact"],
                    ["prune", "ann/t", "--apply"]):
        result = run(binary, *command, "--data", data, mask=0)
        assert result.returncode == 0, result.stderr
    client = shutil.copytree(harness.PYTHON_CLIENT, place / "client")
    script = ("import sys; sys.path.insert(0, %r)\n" % str(client)
              + "from local_tracker import SessionLog\n"
              "with SessionLog(session='py', user='ann', data=%r) as log: log.sample('m', 1)\n" % str(data))
    result = subprocess.run([PYTHON, "-B", "-c", script], capture_output=True, text=True, cwd="/",
                            timeout=SECONDS, env=harness.environment(), **as_account(OWNER, mask=0))
    assert result.returncode == 0, result.stderr
    assert modes(data) == []


def test_another_account_reads_and_changes_nothing(binary, place):
    data = place / "data"
    secret = "a-name-that-is-nobody-s-business"
    assert run(binary, "log", "--data", data, "--session", secret, text=EVENT).returncode == 0
    with serving(binary, data, "--port", "0", "--private", LOCAL_TRACKER_API_KEY=KEY) as (child, line):
        port = port_of(line)
        # What others may read they do read: this account can do all that follows.
        (place / "shown").write_text("for everybody")
        assert "for everybody" in attack("read", place)
        assert attack("read", data) == "[]" and attack("list", data) == "error 13"
        for name in ("log", "index", "keys", "log/anonymous/" + secret):
            for what in ("list", "write", "remove", "chmod"):
                assert attack(what, data / name).startswith("error"), (what, name)
        assert attack("make", data / "new").startswith("error")
        # The list of processes is everybody's; what is in them is not.
        told = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True,
                              **as_account(OTHER)).stdout
        assert "tracker" in told and KEY not in told
        for name in ("environ", "mem", "maps", "fd"):
            found = attack("list" if name == "fd" else "bytes", "/proc/%d/%s" % (child.pid, name))
            assert found.startswith("error"), name
        assert KEY not in attack("bytes", "/proc/%d/cmdline" % child.pid)
        # Without the key the port says nothing but that it is there.
        for path in ("/", "/api/v1/sessions", "/sessions/anonymous/" + secret, "/api/track/anonymous", "/metrics"):
            for headers in ({}, {"x-api-key": "wrong"}):
                status, body = ask(port, path, Host="localhost:%d" % port, **headers)
                assert status in (401, 403) and secret.encode() not in body, path
        assert ask(port, "/api/v1/sessions", Host="localhost:%d" % port, **{"x-api-key": KEY})[0] == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_another_account_that_has_the_port_first_is_noticed(binary, place, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((address, 0))
        other.listen()
        port = other.getsockname()[1]
        result = run(binary, "serve", "--data", place / "data", "--port", port)
        assert result.returncode == 2 and str(port) in result.stderr, result.stderr
        assert "localhost" not in result.stdout


def test_the_port_of_a_running_server_cannot_be_taken(binary, place):
    with serving(binary, place / "data", "--port", "0") as (_, line):
        port = port_of(line)
        script = ("import socket, sys\n"
                  "for family, address in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'),\n"
                  "                        (socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):\n"
                  "    end = socket.socket(family)\n"
                  "    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
                  "    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
                  "    try: end.bind((address, %d)); end.listen(); print(address)\n"
                  "    except OSError: pass\n" % port)
        out = subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, timeout=SECONDS,
                             **as_account(OTHER))
        assert out.returncode == 0 and out.stdout == "", out


def plant(path, kind, victim):
    """What another account leaves in a folder that it may write to; root can make all of it."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "dangling":
        path.symlink_to(victim.parent / "made-by-the-tracker")
    elif kind == "hard link":
        os.link(victim, path)
    elif kind == "pipe":
        os.mkfifo(path)
        path.chmod(0o666)
    elif kind == "folder":
        path.mkdir()
    if kind not in ("link", "hard link"):
        os.chown(path, OTHER, OTHER, follow_symlinks=False)


KINDS = ("link", "pipe", "dangling", "hard link", "folder")
PLACES = ("log/anonymous/s/shared.000001.jsonl", "log/anonymous/s/planted.000001.jsonl.zst", "index/lock",
          "index/anonymous/s.snap", "index/catalog", "keys/claims.json", "log/anonymous/t", "trash")


@pytest.mark.parametrize("kind", KINDS if harness.LONG else KINDS[:2])
def test_what_is_planted_in_a_shared_folder_harms_nothing_outside(binary, place, kind):
    """In a data folder that somebody opened for everybody: nothing hangs, and nothing outside is touched."""
    data, victim = place / "data", place / "victim"
    victim.write_text('{"metric":"secret_of_the_owner","value":7}\n')
    victim.chmod(0o600)
    os.chown(victim, OWNER, OWNER)
    before = victim.read_bytes(), os.lstat(victim)
    for name in PLACES:
        if data.exists():
            shutil.rmtree(data)
        assert run(binary, "log", "--data", data, "--session", "s", text=EVENT).returncode == 0
        assert run(binary, "index", "--data", data).returncode == 0
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.chown(path.parent, OWNER, OWNER)
        plant(path, kind, victim)
        for command in (["index"], ["show", "anonymous/s"], ["cat", "anonymous/s"], ["verify"], ["sessions"], ["compact"],
                        ["log", "--session", "s"], ["log", "--session", "t"], ["note", "anonymous/s", "n"],
                        ["user", "list"], ["prune", "anonymous/s", "--apply"]):
            result = run(binary, *command, "--data", data, text=EVENT if command[0] == "log" else None)
            where = (name, kind, command)
            assert result.returncode in (0, 1, 2), (where, result.returncode, result.stderr)
            if kind != "hard link":
                assert "secret_of_the_owner" not in result.stdout, where
        with serving_or_refused(binary, data) as port:
            if port:
                status, body = ask(port, "/sessions/anonymous/s", Host="localhost:%d" % port)
                assert kind == "hard link" or b"secret_of_the_owner" not in body, (name, kind)
        after = os.lstat(victim)
        assert victim.read_bytes() == before[0], (name, kind)
        assert (after.st_mode, after.st_uid, after.st_ino) == (
            before[1].st_mode, before[1].st_uid, before[1].st_ino), (name, kind)
        assert not (place / "made-by-the-tracker").exists(), (name, kind)


@contextlib.contextmanager
def serving_or_refused(binary, data):
    child = subprocess.Popen(
        [str(binary), "serve", "--data", str(data), "--port", "0"], text=True, cwd="/", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.environment(HOME="/"), **as_account(OWNER))
    try:
        line = harness.Reader(child.stdout).next(SECONDS)
        if line is None:
            assert child.wait(SECONDS) == 2, child.stderr.read()
        yield port_of(line) if line else None
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(SECONDS)
