"""A rater who comes through a real OpenSSH server rates, and gets at nothing else."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import read_sealed
from core.scoring.study.ssh_keys import key_lines
from core.scoring.study.verify import verify_study
from core.workspace import open_workspace
from tests.support.pty_session import PtySession, environment
from tests.support.rated_studies import SECRET, study

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
LISTENS_WITHIN_S = 20.0


@contextmanager
def serving(folder: Path, keys: str) -> Iterator[int]:
    """Yield the port of a server that lets these keys in; skip where none can be started."""
    if SSHD is None or shutil.which("ssh") is None:
        pytest.skip("OpenSSH is not installed on this machine")
    folder.mkdir()
    _make_key(folder / "host")
    (folder / "authorized_keys").write_text(keys)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\n"
    )
    command = [SSHD, "-D", "-e", "-f", str(folder / "config")]
    if os.getuid() == 0 and not Path("/run/sshd").is_dir():
        # The folder that a server of root wants is made where nobody else sees it.
        made = 'mount -t tmpfs run /run && mkdir /run/sshd && exec "$@"'
        command = ["unshare", "-m", "sh", "-c", made, "sh", *command]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        end = time.monotonic() + LISTENS_WITHIN_S
        while not _listens(port):
            if server.poll() is not None or time.monotonic() > end:
                pytest.skip(f"no sshd can run here: {(folder / 'log').read_text()[-300:]}")
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _make_key(path: Path) -> Path:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return path


def _ssh(key: Path, port: int, *words: str) -> list[str]:
    quiet = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
    options = [word for one in (*quiet, "IdentitiesOnly=yes") for word in ("-o", one)]
    way = ["-F", "/dev/null", "-i", str(key), "-p", str(port), "-l", getpass.getuser()]
    return ["ssh", *way, *options, "127.0.0.1", *words]


def _memory_of(study: str) -> bytes:
    """Return all that the rater's process holds: what it was told, and what it can write to."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes()
            if b"\0rate\0" + study.encode() not in told:
                continue
            held = [told, (process / "environ").read_bytes()]
            with (process / "mem").open("rb", buffering=0) as memory:
                for line in (process / "maps").read_text().splitlines():
                    place, rights = line.split()[:2]
                    if "[v" in line or not rights.startswith("rw"):
                        continue
                    begin, end = (int(one, 16) for one in place.split("-"))
                    memory.seek(begin)
                    held.append(memory.read(end - begin))
        except OSError:
            continue
        return b"".join(held)
    raise AssertionError("no process rates")


def test_a_rater_over_ssh_rates_blind_and_reads_nothing_else(tmp_path: Path) -> None:
    folder = study(tmp_path / "w", items=3)
    public = _make_key(tmp_path / "ada").with_suffix(".pub")
    lines = "\n".join(key_lines(folder, [public], open_workspace(tmp_path / "w")))
    hidden = [name.encode() for name in (*SECRET, read_sealed(folder).key)]
    with serving(tmp_path / "server", f"{lines}\n") as port:
        # What is asked for is not run: the line of the key says what is.
        ask = _ssh(tmp_path / "ada", port, f"cat {folder.sealed} {folder.plan}")
        ask.insert(1, "-tt")
        with PtySession(ask, env=environment(tmp_path)) as screen:
            screen.wait_for("item 1 of 3")
            held = _memory_of(folder.id)
            assert b"best i0" in held
            assert not [name for name in hidden if name in held]
            _rate(screen, folder)
            screen.send("q")
            assert screen.wait_for_end() == 0
        assert not [name for name in hidden if name in bytes(screen.wire)]
        plain = subprocess.run(
            _ssh(tmp_path / "ada", port, f"cat {folder.sealed}"),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    assert not [name for name in hidden if name in plain.stdout + plain.stderr]
    found = verify_study(folder)
    assert (found.raters, found.problems) == (("ada",), ())


def _rate(screen: PtySession, folder: StudyFolder) -> None:
    """Rate the four answers of the first item and finish it."""
    for place, score in zip("ABCD", "5313", strict=True):
        screen.send(score)
        screen.wait_for(f"{place} {score}")
    screen.send("\r")
    screen.wait_for("item 2 of 3")
    assert b'"kind":"commit"' in folder.log("ada").read_bytes()
