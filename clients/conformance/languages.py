"""The clients: how each is built, how its scenarios and the example of its page are run, and what it has."""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

CLIENTS = pathlib.Path(__file__).resolve().parents[1]
BUILD_SECONDS = 120  # Go compiles its library when its cache is empty


@dataclasses.dataclass(frozen=True)
class Language:
    name: str
    tools: tuple  # programs that must be on the path
    package: str  # what gives them on Debian
    client: tuple  # the files that a person adds to a program, below clients/
    run: tuple  # {out}: where it was built; {here}: its folder
    build: tuple = ()  # commands
    example: str = ""  # what the example of its page is called
    example_build: tuple = ()
    example_run: tuple = ()  # {example}: its folder, which also holds the files of the client
    block: str = ""  # the language of the code block on its page
    threads: bool = False
    fork: bool = False
    exit_hook: bool = True  # whether a program that ends without `close` loses nothing
    lock: bool = True  # whether a program that looks can see that the writer lives
    overflow: int = 45_000  # samples that its queue cannot hold; 0: its own tests see to it
    second: bool = True  # whether a queued event is written a second later, at the latest by the next call
    ending: str = ".jsonl.gz"  # of its segments; without it either may be

    @property
    def folder(self):
        return CLIENTS / self.name

    @property
    def missing(self):
        return [tool for tool in self.tools if not shutil.which(tool)]

    def command(self, words, **places):
        return [word.format(here=self.folder, clients=CLIENTS, **places) for word in words]

    def make(self, out):
        """Builds the program of scenarios in `out`. Returns the command that runs it."""
        out.mkdir()
        for words in self.build:
            build(self.command(words, out=out), self.folder)
        return self.command(self.run, out=out)

    def make_example(self, code, folder):
        """The example beside copies of the client's files, as its page says. Returns its command."""
        folder.mkdir()
        for file in self.client:
            shutil.copy(CLIENTS / file, folder)
        (folder / self.example).parent.mkdir(exist_ok=True)
        (folder / self.example).write_text(code, encoding="utf-8")
        for words in self.example_build:
            build(self.command(words, example=folder), folder)
        return self.command(self.example_run, example=folder)


def build(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=BUILD_SECONDS,
                          stdin=subprocess.DEVNULL, env={**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off"})
    assert done.returncode == 0, "%s\n%s%s" % (" ".join(command), done.stdout[-3000:], done.stderr[-3000:])


C_FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
CSHARP_FLAGS = ("-langversion:7", "-codepage:utf8", "-warn:4", "-warnaserror")
ALL = (
    Language("python", (sys.executable,), "python3", ("python/local_tracker_client.py",),
             (sys.executable, "-B", "{here}/conformance.py"), threads=True, fork=True,
             overflow=0, ending=".jsonl.zst"),
    Language("c", ("cc",), "gcc libzstd-dev", ("c/local_tracker.c", "c/local_tracker.h"), ("{out}/conformance",),
             (("cc", "-std=c11", *C_FLAGS, "local_tracker.c", "conformance.c", "-o", "{out}/conformance",
               "-lzstd", "-lm", "-pthread"),),
             "example.c", (("cc", "-std=c11", *C_FLAGS, "example.c", "local_tracker.c", "-o", "example",
                            "-lzstd", "-lm", "-pthread"),), ("{example}/example",), "c",
             threads=True, fork=True, ending=".jsonl.zst"),
    Language("node", ("node",), "nodejs", ("node/local_tracker.js",), ("node", "{here}/conformance.js"),
             example="example.js", example_run=("node", "{example}/example.js"), block="js", ending=""),
    Language("java", ("javac", "java"), "openjdk-17-jdk-headless", ("java/LocalTracker.java",),
             ("java", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-cp", "{out}", "Conformance"),
             (("javac", "-Xlint:all", "-Werror", "-encoding", "UTF-8", "-d", "{out}", "LocalTracker.java",
               "Conformance.java"),),
             "Example.java", (("javac", "LocalTracker.java", "Example.java"),), ("java", "-cp", "{example}", "Example"),
             "java", threads=True, lock=False),
    Language("rust", ("rustc",), "rustc libzstd-dev", ("rust/local_tracker.rs",), ("{out}/conformance",),
             (("rustc", "--edition", "2021", "-O", "-D", "warnings", "-A", "dead_code", "conformance.rs", "-o", "{out}/conformance"),),
             "main.rs", (("rustc", "--edition", "2021", "-D", "warnings", "-A", "dead_code", "main.rs", "-o", "example"),), ("{example}/example",),
             "rust", threads=True, exit_hook=False, ending=".jsonl.zst"),
    Language("go", ("go",), "golang-go", ("go/local_tracker.go",), ("{out}/conformance",),
             (("go", "build", "-o", "{out}/conformance", "./conformance"),),
             "main.go", (("go", "mod", "init", "app"), ("mkdir", "localtracker"), ("mv", "local_tracker.go", "localtracker"),
                         ("go", "build", "-o", "program", ".")),
             ("{example}/program",), "go", threads=True, exit_hook=False),
    Language("perl", ("perl",), "perl", ("perl/LocalTracker.pm",), ("perl", "-I{here}", "{here}/conformance.pl"),
             example="example.pl", example_run=("perl", "{example}/example.pl"), block="perl", fork=True),
    Language("ruby", ("ruby",), "ruby", ("ruby/local_tracker.rb",), ("ruby", "-W", "{here}/conformance.rb"),
             example="example.rb", example_run=("ruby", "-W", "{example}/example.rb"), block="ruby", threads=True, fork=True),
    Language("php", ("php",), "php-cli", ("php/LocalTracker.php",), ("php", "{here}/conformance.php"),
             example="example.php", example_run=("php", "{example}/example.php"), block="php", fork=True),
    Language("csharp", ("mcs", "mono"), "mono-mcs mono-runtime", ("csharp/LocalTracker.cs",), ("mono", "{out}/conformance.exe"),
             (("mcs", *CSHARP_FLAGS, "-out:{out}/conformance.exe", "LocalTracker.cs", "Conformance.cs"),),
             "Example.cs", (("mcs", *CSHARP_FLAGS, "-out:example.exe", "LocalTracker.cs", "Example.cs"),),
             ("mono", "{example}/example.exe"), "csharp", threads=True),
    Language("cpp", ("c++", "cc"), "g++ libzstd-dev", ("cpp/local_tracker.hpp", "c/local_tracker.c", "c/local_tracker.h"),
             ("{out}/conformance",),
             (("cc", "-std=c11", *C_FLAGS, "-c", "{clients}/c/local_tracker.c", "-o", "{out}/local_tracker.o"),
              ("c++", "-std=c++17", *C_FLAGS, "-I{clients}/c", "conformance.cpp", "{out}/local_tracker.o",
               "-o", "{out}/conformance", "-lzstd", "-lm", "-pthread")),
             "example.cpp",
             (("cc", "-std=c11", "-O2", "-c", "local_tracker.c"),
              ("c++", "-std=c++17", *C_FLAGS, "example.cpp", "local_tracker.o", "-o", "example", "-lzstd", "-lm", "-pthread")),
             ("{example}/example",), "cpp", threads=True, fork=True, ending=".jsonl.zst"),
    Language("shell", ("sh", "zstd", "flock"), "zstd util-linux", ("shell/local_tracker.sh",),
             ("sh", "{here}/conformance.sh"), example="example.sh", example_run=("sh", "{example}/example.sh"),
             block="sh", fork=True, exit_hook=False, second=False, overflow=3200, ending=".jsonl.zst"),
)
BY_NAME = {language.name: language for language in ALL}
