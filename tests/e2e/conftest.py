"""The sandbox of the session, and the logs' tails when a test fails."""

import functools
import os
import shutil
import sys
import tempfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "bench")]

import sandbox  # noqa: E402
import chain    # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--keep", action="store_true", help="leave the sandbox running")
    parser.addoption("--servers", choices=["wikis", "daemons", "own"], help="only tests on the session's sandbox that are about what is told, or "
                     "about daemons and servers; or only those on servers of their own")
    parser.addoption("--claims", metavar="DIR", help="of these modules those that no other session with the same DIR has begun")


@pytest.fixture(scope="session")
def box(request):
    """A sandbox with both MediaWikis. MWMIRROR_SANDBOX=DIR uses one that is there, and leaves it."""
    given = os.environ.get("MWMIRROR_SANDBOX")
    directory = given or tempfile.mkdtemp(prefix="mwmirror-e2e-", dir="/var/tmp")
    if not given:
        os.chmod(directory, 0o755)
    sandbox.run_sandbox("up", "--mediawiki", "both", directory)
    box = sandbox.Sandbox(directory)
    request.config.mwmirror_box = box
    try:
        yield box
    finally:
        if not given and not request.config.getoption("--keep"):
            sandbox.run_sandbox("down", directory)
            if not request.session.testsfailed:
                shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def live(box):
    """The sandbox with follow and relay running and caught up."""
    box.restart_daemons()
    chain.wait_stream(box)
    yield box


@pytest.fixture(params=["39", "43"], ids=["1.39", "1.43"])
def wiki(request, live):
    return live.wiki(request.param)


# Tests that compare whole tables come before those that fill them.
ORDER = ["flows", "page_change", "mirror_rows", "mirror_edges", "cli", "state_fold", "bad_input", "reconnect", "exactly_once", "bounded_memory"]

# About daemons and servers, and what is long; the others on the session's sandbox are about what is told. When all runs at once, each of the two
# has a sandbox, and they should take as long as each other.
DAEMONS = ["bad_input", "bounded_memory", "choose", "cli", "content_policies", "exactly_once", "kafka_faults", "long_transaction", "postgres_restarts",
           "promotion", "reconnect", "relay_start", "state_fold", "torn_transactions", "upgrade", "writer"]


# Of modules on servers of their own those that take a minute and more begin first: sessions that share them end at about the same time.
LONG = ["source_faults", "source_ddl", "follow_faults", "bad_input", "copy_again", "copy_follow", "private_rows", "two_sources", "mirror_migrations",
        "mirror_edges", "copy", "export", "row_images", "pg_upgrade", "add_table"]


def module_name(item):
    return item.module.__name__[len("test_"):]


def servers_of(item):
    if "box" not in item.fixturenames:
        return "own"
    return "daemons" if module_name(item) in DAEMONS else "wikis"


def pytest_collection_modifyitems(config, items):
    def place(item):
        name = module_name(item)
        return ORDER.index(name) if name in ORDER else ORDER.index("reconnect")
    items.sort(key=place)
    servers = config.getoption("--servers")
    if servers:
        chosen = [item for item in items if servers_of(item) == servers]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
    if servers == "own":
        items.sort(key=lambda item: LONG.index(module_name(item)) if module_name(item) in LONG else len(LONG))


@functools.lru_cache(maxsize=None)
def claim(directory, module):
    """True once: for the session that asks first."""
    try:
        os.mkdir(os.path.join(directory, module))
        return True
    except FileExistsError:
        return False


def pytest_runtest_protocol(item):
    """A module that another session has claimed is passed over."""
    directory = item.config.getoption("--claims")
    return True if directory and not claim(directory, item.module.__name__) else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    box = getattr(item.config, "mwmirror_box", None)
    if report.failed and box is not None:
        for name in ("follow", "relay", "postgres"):
            report.sections.append(("log of %s" % name, box.log_tail(name, 15)))


def pytest_terminal_summary(terminalreporter):
    """Figures that tests measured."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", ()):
            terminalreporter.write_line("%-60s %s" % (name, value))
