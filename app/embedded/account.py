"""PostgreSQL refuses to run as root; as root we start it under an unprivileged account.

The account keeps one right of root, to pass any folder (CAP_DAC_OVERRIDE as an ambient capability), because
a project under /root or in a private temporary folder is closed to everyone else. PostgreSQL's programs look
each other up by access(2), which forgets ambient rights unless SECBIT_NO_SETUID_FIXUP is set. Where the
system refuses that, the account is used without the right, and the folders above the project must be open.
"""

from __future__ import annotations

import ctypes
import os
import pwd
from collections.abc import Callable
from pathlib import Path

ACCOUNT = "nobody"

PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def drop_root() -> Callable[[], None] | None:
    """What a child must call before it starts the server; None when we are not root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(ACCOUNT)
    libc = ctypes.CDLL(None)  # loaded here: a child between fork and exec should do as little as possible

    def become_account() -> None:
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        _keep_passing_folders(libc)

    return become_account


def _keep_passing_folders(libc: ctypes.CDLL) -> None:
    right = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(right, right, right, 0, 0, 0)  # effective, permitted, inheritable
    if libc.capset(header, sets) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
        return
    none = (ctypes.c_uint32 * 6)()
    if libc.capset(header, none) != 0:  # better no server than one with all rights of root
        raise OSError("the rights of root could not be given up")


def give_to_account(directory: Path) -> None:
    """Make the server's account the owner of a folder and all in it; does nothing when we are not root."""
    if os.geteuid() != 0:
        return
    entry = pwd.getpwnam(ACCOUNT)
    if directory.stat().st_uid == entry.pw_uid:
        return
    for path in (*directory.rglob("*"), directory):  # the folder last: it is the sign that all is done
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
