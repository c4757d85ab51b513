"""The scripts of this folder in their short form, or with TRACKER_TEST_MODE=long in their long one."""
import contextlib
import os
import tempfile

import pytest

import aimed_cut
import capacity_trials
import full_disk
import kill_trials
import loop_image
import move_trials
import outside
import power_cut
import soak
import steady
import syscall_faults

LONG = outside.harness.LONG
# Not on a slow disk: what is cut off is the file system, not the device below it.
FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


@contextlib.contextmanager
def or_skipped(what):
    """Says what is missing where `scripts/test` shows it."""
    try:
        yield
    except outside.Skipped as reason:
        outside.say("note: skipped: %s: %s" % (what, reason))
        pytest.skip(str(reason))


@pytest.fixture(scope="module", autouse=True)
def mounts_of_our_own():
    with contextlib.suppress(outside.Skipped):
        loop_image.own_mounts()


@pytest.mark.parametrize("level", outside.LEVELS)
@pytest.mark.parametrize("kind", loop_image.SIZES)
def test_power_cuts(binary, dice, kind, level):
    with or_skipped("power cuts on " + kind):
        totals = power_cut.run(binary, kind, level, 150 if LONG else 2, dice, FOLDER)
        assert totals.acknowledged > 0


@pytest.mark.parametrize("level", outside.LEVELS if LONG else ("durable",))
@pytest.mark.parametrize("kind", loop_image.SIZES)
def test_power_cuts_of_a_drive_that_forgets(binary, dice, kind, level):
    with or_skipped("power cuts on %s and a drive on FUSE" % kind):
        totals = power_cut.run(binary, kind, level, 100 if LONG else 2, dice, FOLDER, losing=True)
        assert totals.acknowledged > 0


@pytest.mark.parametrize("kind", loop_image.SIZES)
def test_power_cuts_aimed_at_each_call(binary, dice, kind):
    with or_skipped("aimed power cuts on " + kind):
        aimed_cut.run(binary, kind, dice, 10_000 if LONG else 4, FOLDER)


def test_a_full_disk_that_gets_space_back(binary, dice):
    with or_skipped("a full tmpfs"):
        full_disk.run(binary, dice, 10 if LONG else 1, FOLDER, rounds=8 if LONG else 3)


@pytest.mark.parametrize("disk", ("none", "ext4", "xfs"))
def test_all_at_once(binary, dice, disk):
    with or_skipped("the soak on " + disk):
        totals = soak.run(binary, disk, 300 if LONG else 4, dice, FOLDER)
        assert totals.kills > 0 and totals.segments > 0


def test_one_server_for_a_long_time(binary, dice):
    with or_skipped("the steady server"):
        soak_, p99, memory, files = steady.run(
            binary, 600 if LONG else 10, 5_000 if LONG else 500, dice, FOLDER, steady.LIFE_SECONDS if LONG else 3)
        assert soak_.kills > 1 and soak_.fills > 0
        if LONG:  # another program's work beside it moves these
            assert memory <= steady.GROWTH and files <= steady.GROWTH and p99 <= steady.PAGE_MS, (memory, files, p99)


def test_system_calls_that_fail(binary, dice):
    with or_skipped("failing system calls"):
        syscall_faults.run(binary, dice, 2_000 if LONG else 20, FOLDER)


def test_a_file_that_cannot_be_looked_at_is_said(binary, dice):
    """Once it was taken for something that is no segment: fewer events, and exit status 0."""
    with or_skipped("failing system calls"):
        syscall_faults.sweep(binary, dice, "rebuild", "newfstatat", "EIO", FOLDER)


def test_writers_killed_at_any_moment(binary, dice):
    assert kill_trials.writers(binary, 542 if LONG else 4, dice, FOLDER) > 0


def test_a_server_killed_while_clients_post(binary, dice):
    assert kill_trials.servers(binary, 47 if LONG else 2, dice, FOLDER) > 0


def test_a_python_spool_killed_at_any_moment(binary, dice):
    assert kill_trials.spools(binary, 188 if LONG else 5, dice, FOLDER) > 0


def test_prune_and_restore_killed_at_any_moment(binary, dice):
    assert move_trials.moves(binary, 621 if LONG else 8, dice, FOLDER) > 0


def test_a_size_cap_killed_at_any_moment(binary, dice):
    assert move_trials.thins(binary, 200 if LONG else 6, dice, FOLDER) > 0


def test_partial_copies_of_two_machines(binary, dice):
    assert move_trials.merges(binary, 171 if LONG else 6, dice, FOLDER) > 0


def test_the_highest_rate_of_a_queue_that_is_known(binary, dice):
    """20 searches by a real clock in the long form. The short one is coarse: the machine is not its own."""
    if LONG:
        errors = capacity_trials.run(binary, dice, 20, 4)
        assert sum(abs(error) < capacity_trials.WITHIN for error in errors) >= 18, errors
    else:
        [error] = capacity_trials.run(binary, dice, 1, arguments=("--within", "30%"))
        assert abs(error) < 0.3, error
