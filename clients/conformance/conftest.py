import os
import pathlib
import random
import subprocess
import sys

import pytest

import languages

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python" / "tests"))  # segments

CI = bool(os.environ.get("CI"))


def pytest_configure(config):
    config.client_commands = {}


def pytest_terminal_summary(terminalreporter):
    for language in languages.ALL:
        if language.missing:
            terminalreporter.write_line("note: skipped: %s: this machine has no %s (Debian: %s)" % (
                language.name, " ".join(language.missing), language.package))


@pytest.fixture(scope="session")
def binary():
    path = os.environ.get("TRACKER_BIN") or str(languages.CLIENTS.parent / ".build" / "release" / "tracker")
    assert os.access(path, os.X_OK), "TRACKER_BIN must name the built tracker, not %r (scripts/test builds it)" % path
    return path


# A language is built once and tested by one process, of as many as pytest-xdist starts.
@pytest.fixture(params=[pytest.param(language, id=language.name, marks=pytest.mark.xdist_group(language.name))
                        for language in languages.ALL])
def language(request):
    if request.param.missing and not CI:
        pytest.skip("this machine has no " + " ".join(request.param.missing))
    assert not request.param.missing, "apt-get install " + request.param.package
    return request.param


@pytest.fixture
def command(language, tmp_path_factory, pytestconfig):
    """Its program of scenarios, built once."""
    commands = pytestconfig.client_commands
    if language.name not in commands:
        commands[language.name] = language.make(tmp_path_factory.mktemp("build") / language.name)
    return commands[language.name]


@pytest.fixture
def dice(request):
    """Random numbers from a seed that is printed; TRACKER_SEED repeats a run."""
    seed = int(os.environ.get("TRACKER_SEED") or random.SystemRandom().randrange(1 << 32))
    print("TRACKER_SEED=%d %s" % (seed, request.node.name))
    return random.Random(seed)


@pytest.fixture
def client(language, command, binary, tmp_path):
    client = Client(language, command, binary, tmp_path)
    yield client
    client.end()


class Client:
    """A client's program of scenarios on a folder of this test, and what the tracker reads there."""
    USER, SESSION = "Ann.b-c_d é", ".s-1 x/y"
    USER_FOLDER = "%41nn.b-c_d%20%c3%a9"
    FOLDER = "log/%s/%%2es-1%%20x%%2fy" % USER_FOLDER
    SECONDS = 60  # the longest that a scenario may take

    def __init__(self, language, command, binary, folder):
        self.language, self.command, self.binary = language, command, binary
        self.folder, self.data = folder, folder / "data"
        self.children = []

    def environment(self, **extra):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("TRACKER_", "LOCAL_TRACKER_", "TRACKING_", "CONFORMANCE_"))
                and name not in ("API_KEY", "INFLUENCER_USER")}
        return {**kept, "LC_ALL": "C.UTF-8", "TRACKER_DATA": str(self.data), "LOCAL_TRACKER_USER_ID": self.USER,
                "CONFORMANCE_SESSION": self.SESSION, **extra}

    def start(self, scenario, count=0, command=None, **settings):
        child = subprocess.Popen(
            command or [*self.command, scenario, str(count)], cwd=self.folder, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=open(self.folder / "stderr", "w"), restore_signals=False,
            env=self.environment(**settings.pop("variables", {})), **{"stdin": subprocess.DEVNULL, **settings})
        self.children.append(child)
        return child

    def run(self, scenario, count=0, **settings):
        """What it printed: `dropped` as a number, `error`, `done` if it came to its end."""
        child = self.start(scenario, count, **settings)
        out, _ = child.communicate(timeout=self.SECONDS)
        told = {line.partition(" ")[0]: line.partition(" ")[2] for line in out.splitlines()}
        assert child.returncode == 0, "exit status %d\n%s" % (child.returncode, (self.folder / "stderr").read_text()[-3000:])
        return {**told, "dropped": int(told.get("dropped", -1))}

    def end(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
            child.stdout.close()

    def tracker(self, command, *arguments, expect=(0,)):
        done = subprocess.run([self.binary, command, *arguments, "--data", self.data], capture_output=True,
                              cwd=self.folder, timeout=self.SECONDS)
        assert done.returncode in expect, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def segments(self):
        return sorted((self.data / self.FOLDER).iterdir())
