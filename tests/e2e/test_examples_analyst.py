"""
The main README's "Ten minutes with psql" and deploy/examples/analyst: each command, with what it gives.

The sandbox is the one that the README's own commands make, with MediaWiki 1.39 and without Kafka. MWMIRROR_WRITE=1 writes what the statements give into
both files instead of comparing it.
"""

import os
import re
import shutil
import subprocess
import tempfile

import matplotlib.image
import numpy
import pytest

import sandbox

README = os.path.join(sandbox.ROOT, "README.md")
EXAMPLES = os.path.join(sandbox.ROOT, "deploy", "examples", "analyst", "README.md")
PLACE = "/var/tmp/try"
BLUE = (0x2a, 0x4b, 0x8d)


def read(path, heading=None):
    """A file, or what stands below one of its headings."""
    with open(path) as file:
        text = file.read()
    if heading is None:
        return text
    return re.search(r"^## %s\n(.*?)(?=^## )" % heading, text + "\n## ", re.S | re.M).group(1)


def blocks(text, kind=""):
    return [block for of, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M) if of == kind]


def run(command, env, **more):
    """The exit code, and all that it wrote."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, env=env, **dict({"stdin": subprocess.DEVNULL}, **more))
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def env():
    """The settings of the sandbox that the README's commands have made, as they are after them."""
    directory = tempfile.mkdtemp(prefix="mwmirror-analyst-", dir="/var/tmp")
    os.chmod(directory, 0o755)
    try:
        commands = blocks(read(README, "Ten minutes with psql"), "sh")
        assert len(commands) == 1 and PLACE in commands[0]
        code, told = run(["bash", "-euc", commands[0].replace(PLACE, directory) + "env -0 >%s/settings-of-test" % directory], os.environ, cwd=sandbox.ROOT)
        assert code == 0, told
        with open(os.path.join(directory, "settings-of-test")) as file:
            yield dict(line.split("=", 1) for line in file.read().rstrip("\0").split("\0"))
    finally:
        sandbox.run_sandbox("down", directory)
        shutil.rmtree(directory, ignore_errors=True)


def filled(text, env):
    """The text with what each of its statements gives now."""
    def answer(found):
        code, told = run(["psql", "--no-psqlrc", "--quiet", "--username=ann"], env, stdin=None, input=found.group(1))
        assert code == 0, told
        told = "\n".join(line.rstrip() for line in told.rstrip().split("\n"))
        return "```sql\n%s```\n\n```\n%s\n```\n" % (found.group(1), told)
    return re.sub(r"^```sql\n(.*?)^```\n(?:\n```\n.*?^```\n)?", answer, text, flags=re.S | re.M)


def compare(path, heading, env):
    text = read(path, heading)
    now = filled(text, env)
    if os.environ.get("MWMIRROR_WRITE"):
        whole = read(path).replace(text, now)
        with open(path, "w") as file:
            file.write(whole)
    else:
        assert now == text
    return blocks(text, "sql")


def test_ten_minutes(env):
    assert len(compare(README, "Ten minutes with psql", env)) >= 6


def test_own_mirror(env):
    """What the README says for a mirror of one's own, of this wiki and another person."""
    commands, = [block for block in blocks(read(README, "Ten minutes with psql")) if "mwmirror views" in block]
    commands = commands.replace("enwiki", env["MW_DBNAME"]).replace("ann ", "bob ").replace("mwmirror views", '"$MWMIRROR_BIN" -c "$MWMIRROR_CONF" views')
    code, told = run(["bash", "-euc", commands], env)
    assert code == 0, told
    code, told = run(["psql", "--no-psqlrc", "-At", "--username=bob", "-c", "SELECT count(*) > 30 FROM page"], env)
    assert (code, told) == (0, "t\n"), told


def test_examples(env):
    statements = compare(EXAMPLES, "Ten examples", env)
    assert len(statements) == len(re.findall(r"^### \d+\. ", read(EXAMPLES, "Ten examples"), re.M)) == 10


def test_plots(env, tmp_path):
    """Each has as many pixels of its colour as something that is drawn has. Samples are taken more often: psql takes its time to begin on a busy machine."""
    for command in blocks(read(EXAMPLES, "Two plots"), "sh"):
        command = command.replace("deploy/", sandbox.ROOT + "/deploy/").replace("watch 1", "watch 0.1")
        code, told = run(["bash", "-euo", "pipefail", "-c", command], dict(env, PGUSER="ann"), cwd=tmp_path)
        assert code == 0, told
    for name in ("edits.png", "lag.png"):
        for path in (tmp_path / name, os.path.join(os.path.dirname(EXAMPLES), name)):
            pixels = (matplotlib.image.imread(path)[:, :, :3] * 255).round().astype(int)
            drawn = int(numpy.all(pixels == BLUE, axis=2).sum())
            assert pixels.shape == (440, 990, 3) and drawn > (10000 if name == "edits.png" else 500), (path, drawn)
    samples = (tmp_path / "lag.csv").read_text().splitlines()
    assert len(samples) >= 2 and all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d)?,sandbox,\d+\.\d", line) for line in samples), samples
