"""scripts/run and scripts/test on a small tree with a `swift` that only pretends."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

SWIFT = r'''#!/usr/bin/env bash
echo "swift $*" >>"$CALLS"
case "$*" in
*.build-first*--show-bin-path*) echo "$PRODUCTS/first" ;;
*--show-bin-path*) echo "$PRODUCTS" ;;
"build -c debug --static"*) echo "first build ${TRACKER_OPTIMISED_CORE:-}" >>"$CALLS" ;;
"build -c release --static"*) [ -z "${BUILD:-}" ] || { eval "$BUILD"; exit; } ;;
"test "*) [ -z "${HANG_TESTS:-}" ] || exec sleep 60
    [ -z "${FIND_RACE:-}" ] || {
        echo '✔ Test run with 7 tests in 2 suites passed after 0.2 seconds.'
        echo 'SUMMARY: ThreadSanitizer: data race a.swift:1 in b'; exit 66; }
    for n in $(seq 1 5000); do echo "line $n"; done
    if [ -n "${BREAK_TESTS:-}" ]; then
        echo '✘ Test "one" failed after 0.1 seconds with 1 issue.'
        echo '✘ Test run with 7 tests in 2 suites failed after 0.2 seconds with 1 issue.'; exit 1
    fi
    echo '✔ Test run with 7 tests in 2 suites passed after 0.2 seconds.' ;;
"format "*) [ -z "${BREAK_FORMAT:-}" ] || { echo 'a.swift:1:1: error: [LineLength] line is too long'; exit 1; } ;;
esac
'''

DOCC = '#!/usr/bin/env bash\necho "docc $*" >>"$CALLS"\n[ -z "${BREAK_DOCS:-}" ] || [[ $2 != *"$BREAK_DOCS"* ]] || exit 1\n'

# The program of the tests, which `swift build` has made.
TESTS = '#!/usr/bin/env bash\nexec swift test "$@"\n'

TRACKER = r'''#!/usr/bin/env bash
# Before the call is noted: who sees it may end this at once.
trap 'echo "$1 ended" >>"$CALLS"; exit 0' TERM INT
echo "tracker $* key=${LOCAL_TRACKER_API_KEY:-}" >>"$CALLS"
case $1 in
serve)
    [ -z "${BREAK_SERVE:-}" ] || { echo "cannot serve" >&2; exit 3; }
    echo "Local Tracker: http://localhost:1/"
    while :; do sleep 0.05; done ;;
demo) while :; do sleep 0.05; done ;;
esac
'''


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    for folder in ("Tests/EndToEnd", "Tests/Examples", "Tests/Scripts", "clients/python/tests", "data", "bin", "products"):
        (root / folder).mkdir(parents=True)
    for folder in ("Tests/Examples", "Tests/Scripts", "clients/python/tests"):
        (root / folder / "test_a.py").write_text("def test_a(): pass\ndef test_b(): pass\n")
    shutil.copy(ROOT / "Tests/EndToEnd/requirements.txt", root / "Tests/EndToEnd/requirements.txt")
    (root / ".venv-test").symlink_to(ROOT / ".venv-test")
    for name, text in (("bin/swift", SWIFT), ("bin/docc", DOCC), ("products/tracker", TRACKER),
                       ("products/local-trackerPackageTests.xctest", TESTS)):
        (root / name).write_text(text)
        (root / name).chmod(0o755)
    return root


def settings(tree, **extra):
    return {**os.environ, "PATH": "%s:%s" % (tree / "bin", os.environ["PATH"]),
            "CALLS": str(tree / "calls"), "PRODUCTS": str(tree / "products"), **extra}


def calls(tree):
    return (tree / "calls").read_text().splitlines()


def quick(tree, **extra):
    return subprocess.run([str(tree / "scripts/test"), "--quick"], capture_output=True, text=True,
                          env=settings(tree, **extra), timeout=120)


def test_the_summary_counts_every_step(tree):
    result = quick(tree)
    assert result.returncode == 0, result.stdout + result.stderr
    # swift 7; three files of two tests each; source rules, format, build and documentation count one each
    assert result.stdout.splitlines()[-1] == "17 passed, 0 failed"
    assert re.search(r"^ok +\d+ s +7 tests  swift tests$", result.stdout, re.M)
    assert len(result.stdout.splitlines()) < 40, "output must stay short"
    assert sum(call.startswith("docc convert ") and "--warnings-as-errors" in call for call in calls(tree)) == 4
    assert any("--explicit-target-dependency-import-check error" in call for call in calls(tree))


def test_a_failing_test_fails_the_whole_with_bounded_output(tree):
    result = quick(tree, BREAK_TESTS="1")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "16 passed, 1 failed"
    assert 'Test "one" failed' in result.stdout and len(result.stdout.splitlines()) < 200


def test_a_failing_step_does_not_hide_the_others(tree):
    result = quick(tree, BREAK_FORMAT="1")
    assert result.returncode == 1 and "LineLength" in result.stdout
    assert result.stdout.splitlines()[-1] == "16 passed, 1 failed"


def truth(tree, *tables, **extra):
    return subprocess.run([str(tree / "scripts/truth"), *tables], capture_output=True, text=True,
                          env=settings(tree, **extra), timeout=120)


def test_a_table_that_misses_what_is_required_does_not_hide_the_others(tree):
    for path in ("Tests/Outside/capacity_trials.py", "Benchmarks/profile_page.py"):
        (tree / path).parent.mkdir(exist_ok=True)
        (tree / path).write_text("import os, sys\nprint('measured:', *sys.argv[1:])\nsys.exit(int(os.environ.get('MISS', 0)))\n")
    good = truth(tree, "simulated", "searches", "profile", TRACKER_BIN="/a program")
    assert good.returncode == 0, good.stderr
    assert "measured: --binary /a program --times 20 --together 4\nmeasured: --binary /a program --times 7" in good.stdout
    assert any(call.endswith("--filter TruthTests|ChangePointTests|QuietTests") for call in calls(tree))
    bad = truth(tree, "simulated", "searches", "profile", TRACKER_BIN="/a program", BREAK_TESTS="1", MISS="1")
    assert bad.returncode == 1 and "measured: --binary /a program --times 7" in bad.stdout
    assert bad.stderr.splitlines()[-1] == "error: not as required: simulated searches profile"


def test_the_tables_of_truth_are_there():
    named = subprocess.run([str(ROOT / "scripts/truth"), "--help"], capture_output=True, text=True).stdout
    script = (ROOT / "scripts/truth").read_text()
    tables = re.findall(r"^    (\w+)\) .* ;;$", script, re.M)
    assert tables == ["simulated", "load", "quiet", "searches", "profile"]
    assert re.findall(r"^  (\w+) ", named, re.M) == tables
    for page in re.findall(r"docs/\w+\.md", named):
        assert (ROOT / page).exists()
    # What is staged for real, by the names of its tests.
    words = re.search(r"-k '([a-z_ ]+)'", script).group(1).split(" or ")
    tests = re.findall(r"^def (test_\w+)", (ROOT / "Tests/EndToEnd/test_capacity.py").read_text(), re.M)
    assert all(any(word in test for test in tests) for word in words)


@pytest.mark.parametrize("library", ("TrackerLog", "TrackerClient"))
def test_a_warning_in_the_documentation_of_a_library_fails(tree, library):
    result = quick(tree, BREAK_DOCS=library)
    assert result.returncode == 1
    assert re.search(r"^FAILED .* documentation of the libraries$", result.stdout, re.M)


def sanitized(tree, **extra):
    """The step of scripts/test, by its own functions."""
    functions = r"-e '/^step()/,/^}/p' -e '/^run()/,/^}/p' -e '/^report()/,/^}/p' -e '/^log_of()/p' -e '/^count_tests()/,/^}/p' -e '/^sanitized()/,/^)/p'"
    for folder in ("Fuzz", "Sources", "docs"):
        (tree / folder).mkdir(exist_ok=True)
    (tree / "Fuzz/Package.swift").write_text("// a package\n")
    return set_up(tree, """. scripts/lib/core.sh
        logs=$(mktemp -d); lines_on_failure=80 longest_step_seconds=${SECONDS_OF_A_STEP:-10} summary=() passed=0 failed=0
        eval "$(sed -n %s scripts/test)"; ok=true
        sanitized thread short build
        step "under a sanitizer" sanitized thread short core || ok=false
        step "the server" sanitized thread short server || ok=false
        printf '%%s\n' "${summary[@]}"; echo "$passed passed, $failed failed"; $ok""" % functions, **extra)


def test_the_tests_run_under_a_sanitizer_in_a_folder_of_their_own(tree):
    result = sanitized(tree)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "14 passed, 0 failed"
    options = "-c release --sanitize=thread -Xswiftc -enable-testing"
    assert calls(tree) == ["swift build --build-tests " + options,
                           "swift test --disable-xctest --skip-build %s --skip TrackerWebTests" % options,
                           "swift test --disable-xctest --skip-build %s --filter TrackerWebTests" % options]
    assert (tree / ".build-thread/Package.swift").read_text() == "// a package\n"


def test_a_report_of_a_sanitizer_fails_the_step_though_every_test_passes(tree):
    result = sanitized(tree, FIND_RACE="1")
    assert result.returncode == 1 and "SUMMARY: ThreadSanitizer: data race" in result.stdout
    assert re.search(r"^FAILED +\d+ s +7 tests  under a sanitizer$", result.stdout, re.M)
    assert result.stdout.splitlines()[-1] == "14 passed, 2 failed"


def test_a_test_that_hangs_ends_its_step(tree):
    result = sanitized(tree, HANG_TESTS="1", SECONDS_OF_A_STEP="1")
    assert result.returncode == 1
    assert re.search(r"^FAILED +\d s +0 tests  under a sanitizer$", result.stdout, re.M)


def test_a_python_test_that_hangs_is_ended_with_its_stack(tree):
    (tree / "Tests/Scripts/test_a.py").write_text("import time\ndef test_a(): time.sleep(60)\n")
    result = set_up(tree, """venv=.venv-test longest_pytest_seconds=1
        eval "$(sed -n '/^pytest()/,/^}/p' scripts/test)"; pytest Tests/Scripts""")
    assert result.returncode == 1 and "Timeout" in result.stderr
    assert re.search(r'test_a\.py", line 2 in test_a', result.stderr)


def test_both_sanitizers_run_in_every_full_run():
    text = (ROOT / "scripts/test").read_text()
    steps = text[text.index('if [ "$mode" = quick ]; then\n    TRACKER_BIN'):]
    steps = steps[steps.index("\nelse\n"):steps.index("\nfi\n")]
    kinds = "for kind in Thread Address; do"
    assert re.search(r"^    %s\n +begin 19 .* build\n    done$" % kinds, steps, re.M)
    assert re.search(r"^    for part in core server; do\n +%s begin 0 .*; done\n +%s\n +finish .*\"[$]part\" [|][|] ok=false\n"
                     % (kinds, kinds), steps, re.M)


def beside(tree, script, **extra):
    """What builds beside the tests, by the functions of scripts/test; `release` is the build."""
    functions = " ".join("-e '/^%s()/,/^}/p'" % name for name in (
        "step", "run", "report", "count_tests", "begin", "finish", "end_builds"))
    return set_up(tree, """
        logs=$(mktemp -d); trap 'end_builds; rm -rf "$logs"' EXIT
        lines_on_failure=80 longest_step_seconds=10 summary=() passed=0 failed=0 ok=true
        check_binary() { :; }; sanitized() { :; }; core_package() { :; }; declare -A builds
        eval "$(sed -n %s -e '/^log_of()/p' scripts/test)"
        %s""" % (functions, script), **extra)


BUILT_BESIDE = """
    release() { ps -o ni= -p $$ >nice; until [ -e go ]; do sleep 0.01; done; echo 'error: it is broken'; exit $STATUS; }
    begin 17 "a build" release
    step "a test" touch go || ok=false
    finish "a build" release || ok=false
    printf '%s\n' "${summary[@]}"; echo "$passed passed, $failed failed"; $ok"""


@pytest.mark.parametrize("status, verdict, counts", [(0, "ok", "2 passed, 0 failed"), (3, "FAILED", "1 passed, 1 failed")])
def test_a_build_runs_beside_the_tests_and_is_reported(tree, status, verdict, counts):
    result = beside(tree, BUILT_BESIDE, STATUS=str(status))
    assert (result.returncode == 0) == (status == 0), result.stderr
    assert result.stdout.splitlines()[-1] == counts
    assert re.search(r"^%s +\d+ s +0 tests  a build$" % verdict, result.stdout, re.M)
    assert ("it is broken" in result.stdout) == (status != 0)
    assert (tree / "nice").read_text().split() == ["17"], "what is tested goes first"


def test_a_build_beside_the_tests_ends_with_them(tree):
    result = beside(tree, """release() { echo $$ >builder; exec sleep 60; }
        begin 17 "a build" release
        until [ -e builder ]; do sleep 0.01; done; exit 7""")
    assert result.returncode == 7, result.stderr
    with pytest.raises(ProcessLookupError):
        for _ in range(500):
            os.kill(int((tree / "builder").read_text()), 0)
            time.sleep(0.01)


def test_an_unknown_option(tree):
    result = subprocess.run([str(tree / "scripts/test"), "--fast"], capture_output=True, text=True,
                            env=settings(tree), timeout=20)
    assert result.returncode == 1 and "--fast" in result.stderr


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_run(tree, *arguments, **extra):
    return subprocess.Popen(
        [str(tree / "scripts/run"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=settings(tree, **extra), start_new_session=True,
        # Whoever runs the tests in the background has them ignore SIGINT, and a shell that was
        # started so never catches it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_run_serves_records_a_demo_and_ends_both(tree, how):
    (tree / ".env").write_text('LOCAL_TRACKER_API_KEY="from $(touch pwned)"\n')
    child = start_run(tree, "--port", str(free_port()))
    assert child.stdout.readline() == "Local Tracker: http://localhost:1/\n"
    while "recording a demo" not in (line := child.stderr.readline()):
        assert line
    while not any(call.startswith("tracker demo") for call in calls(tree)):
        assert child.poll() is None
    os.kill(child.pid, how) if how == signal.SIGTERM else os.killpg(child.pid, how)
    child.communicate(timeout=20)
    assert child.returncode == 128 + how
    made = calls(tree)
    assert any("serve --data %s/data --port" % tree in call and "from $(touch pwned)" in call for call in made)
    assert any("demo --data %s/data --duration 30s" % tree in call for call in made)
    assert "serve ended" in made and "demo ended" in made
    assert not (tree / "pwned").exists()


def first_run(tree, build):
    """scripts/run on a machine that has not built the optimised program yet."""
    (tree / "products/first").mkdir()
    (tree / "products/tracker").rename(tree / "products/first/tracker")
    (tree / ".build-first").mkdir()
    child = start_run(tree, "--port", str(free_port()), BUILD=build)
    assert child.stdout.readline() == "Local Tracker: http://localhost:1/\n"
    return child


def test_the_first_run_serves_a_quick_build_and_makes_the_optimised_one_beside_it(tree):
    child = first_run(tree, "cp products/first/tracker products/tracker")
    while "the optimised program is ready" not in (line := child.stderr.readline()):
        assert line
    assert not (tree / ".build-first").exists()
    child.terminate()
    child.communicate(timeout=20)
    made = calls(tree)
    assert "first build 1" in made
    builds = [made.index(next(call for call in made if call.startswith(text)))
              for text in ("swift build -c debug", "tracker serve", "swift build -c release --static-swift-stdlib --product")]
    assert builds == sorted(builds)

    child = start_run(tree, "--port", str(free_port()))
    child.stdout.readline()
    child.terminate()
    child.communicate(timeout=20)
    assert calls(tree).count("first build 1") == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_build_in_the_background_ends_with_the_run(tree, how):
    child = first_run(tree, """trap 'echo "build ended" >>"$CALLS"; exit 1' INT TERM
        echo "build started" >>"$CALLS"; while :; do sleep 0.05; done""")
    while "build started" not in calls(tree):
        assert child.poll() is None
    os.kill(child.pid, how) if how == signal.SIGTERM else os.killpg(child.pid, how)
    _, errors = child.communicate(timeout=20)
    assert "build ended" in calls(tree) and "serve ended" in calls(tree)
    assert "could not be built" not in errors


def test_an_optimised_build_that_fails_says_where_its_output_is(tree):
    child = first_run(tree, "echo wrong; exit 4")
    while "could not be built" not in (line := child.stderr.readline()):
        assert line
    log = line.split()[-1]
    assert log == "%s/.build-first/optimised.log" % tree and open(log).read() == "wrong\n"
    child.terminate()
    child.communicate(timeout=20)


def test_run_with_data_records_no_demo(tree):
    folder = tree / "data/log/u/s"
    folder.mkdir(parents=True)
    (folder / "shared.000001.jsonl.zst").write_text("")
    child = start_run(tree, "--port", str(free_port()))
    child.stdout.readline()
    child.terminate()
    _, errors = child.communicate(timeout=20)
    assert "demo" not in errors and not any("demo" in call for call in calls(tree))


def test_run_on_a_port_in_use_says_so_before_it_builds(tree):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        child = start_run(tree, "--port=%d" % port)
        _, errors = child.communicate(timeout=20)
    assert child.returncode == 1 and "port %d is in use" % port in errors
    assert not (tree / "calls").exists()


def test_run_passes_on_that_serve_failed(tree):
    child = start_run(tree, "--port", str(free_port()), BREAK_SERVE="1")
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 3 and "cannot serve" in errors


def test_run_passes_on_that_the_build_failed_with_all_it_said(tree):
    build = "echo '[1/2] Compiling A a.swift'; echo 'a.swift:1:2: error: wrong'; echo ' 1 | a' >&2; exit 4"
    child = start_run(tree, "--port", str(free_port()), BUILD=build)
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 4 and not any(call.startswith("tracker") for call in calls(tree))
    assert "a.swift:1:2: error: wrong\n 1 | a\n" in errors and "[1/2]" not in errors


STEPS = """printf 'Fetching https://a/b\\nBuilding for production...\\n[1/9] Write sources\\n'
    for n in 2 3 4; do sleep 0.7; echo "[$n/9] Compiling Module$n a.swift"; done; printf 'half a '; sleep 1.2; echo line"""


def test_a_build_says_how_far_it_is_now_and_then(tree):
    result = set_up(tree, "seconds_between_lines=1; with_progress bash -c \"$STEPS\"", STEPS=STEPS)
    lines = result.stderr.splitlines()
    assert (result.returncode, lines.count("half a line")) == (0, 1)
    # A machine that is slow has one more of them, maybe behind the last line of the build.
    progress = [line for line in lines if line != "half a line"]
    assert 1 <= len(progress) <= 8
    assert all(re.fullmatch(r"building: \d s, \d of 9 steps, the last one: \w+ \w+", line) for line in progress)


def test_a_build_that_is_quick_says_nothing(tree):
    result = set_up(tree, "with_progress echo '[1/1] Write sources'")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_build_on_a_terminal_renews_one_line(tree):
    ours, theirs = os.openpty()
    with open(theirs, "wb") as terminal:
        subprocess.run(["bash", "-c", ". scripts/lib/setup.sh; with_progress bash -c \"$STEPS\""], cwd=tree,
                       env=settings(tree, STEPS=STEPS), stderr=terminal, timeout=20, check=True)
    with open(ours, "rb", buffering=0) as output:
        text = output.read(65536).decode()
    assert "building: 0 s, Fetching https://a/b" in text
    assert re.search(r"\r\x1b\[Kbuilding: \d s, 2 of 9 steps, the last one: Compiling Module2\r", text)
    assert text.endswith("\r\x1b[Khalf a line\r\n\r\x1b[K") or text.endswith("\r\x1b[K")
    assert text.count("\n") == 1, "all but what the build said is one line"


def set_up(tree, script, **extra):
    return subprocess.run(["bash", "-c", "set -euo pipefail; . scripts/lib/setup.sh; " + script], cwd=tree,
                          capture_output=True, text=True, env={**settings(tree), **extra}, timeout=20)


def fake_system(tree, user, *names):
    """A PATH on which only these programs exist; apt-get and sudo write down what they are asked."""
    folder = tree / "system"
    folder.mkdir()
    for name in ("bash", "dirname", "env"):
        (folder / name).symlink_to(shutil.which(name))
    scripts = {"id": "echo %d" % user, "apt-get": 'echo "apt-get $*" >>"$CALLS"',
               "sudo": 'echo sudo >>"$CALLS"; "$@"', "dpkg-query": "exit 1"}
    for name in ("id", "dpkg-query", *names):
        (folder / name).write_text("#!%s\n%s\n" % (shutil.which("bash"), scripts[name]))
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize("user, tools, wanted", [
    (0, ["apt-get"], ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends libx"]),
    (7, ["apt-get", "sudo"], ["sudo", "apt-get update -qq", "sudo",
                              "apt-get install -y -qq --no-install-recommends libx"])])
def test_set_up_installs_as_root_or_with_sudo_and_says_so(tree, user, tools, wanted):
    result = set_up(tree, "need_packages libx=/nowhere/x.h", **fake_system(tree, user, *tools))
    assert result.returncode == 0 and "installing with apt-get: libx" in result.stderr
    assert calls(tree) == wanted


@pytest.mark.parametrize("user, tools, message", [
    (7, ["apt-get"], "needs root"), (0, [], "no apt-get")])
def test_set_up_says_what_it_cannot_do(tree, user, tools, message):
    result = set_up(tree, "need_packages libx=/nowhere/x.h", **fake_system(tree, user, *tools))
    assert result.returncode == 1 and message in result.stderr


def test_set_up_with_nothing_missing_does_nothing(tree):
    result = set_up(tree, "need_packages bash=/bin/bash; need_test_tools")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert not (tree / "calls").exists()


def test_env_files_are_read_not_run(tree):
    (tree / ".env").write_text("A=1\r\nexport B='x y' # c\nC = v # c\nD=\"q\"\nPATH=/evil\n# E=1\nF=$(touch pwned)")
    result = set_up(tree, 'load_env .env; echo "$A|$B|$C|$D|${E-}|$F"; [ "$PATH" != /evil ]')
    assert (result.returncode, result.stdout) == (0, "1|x y|v|q||$(touch pwned)\n")
    assert not (tree / "pwned").exists()


def test_a_binary_with_icu_is_refused(tree, tmp_path):
    """`icudt99_dat` stands for the data that full Foundation links in."""
    source = tmp_path / "a.c"
    compiler = shutil.which("clang") or shutil.which("cc")
    for name, data, wanted in (("slim", "harmless", 0), ("full", "icudt99_dat", 1)):
        source.write_text('#include <stdio.h>\nint %s = 1;\nint main(void) { puts("USAGE"); return 0; }' % data)
        subprocess.run([compiler, "-o", str(tmp_path / name), str(source)], check=True)
        script = 'logs=$(mktemp -d); eval "$(sed -n \'/^check_binary()/,/^}/p\' scripts/test)"; check_binary '
        result = set_up(tree, script + str(tmp_path / name))
        assert result.returncode == wanted, result.stdout + result.stderr
    assert "contains ICU" in result.stderr
