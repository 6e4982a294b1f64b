"""Process sandbox: what a worker gives up before it reads the first byte from a stranger.

The engine is native code that would fetch any address named in a query. Whatever a query says, a process that
cannot open an internet socket reaches nobody.
"""

import ctypes
import os
import resource
import select
import socket
import struct
from typing import Final, Literal

from thidua.base.errors import NotIsolatedError
from thidua.base.settings import PREFIX, YES

#: The setting that lets queries run without; see :mod:`thidua.base.settings`.
UNISOLATED: Final = PREFIX + "UNISOLATED"
Isolation = Literal["namespace", "seccomp", "none"]

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _EACCES = 0x7FFF0000, 0x00050000 | 13
#: Of each architecture: its audit number and the number of its system call `socket`. On x86_64, calls whose number has
#: this bit are those of x32, a second table under the same audit number.
_X32: Final = 0x40000000
_ARCHITECTURES: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_libc = ctypes.CDLL(None, use_errno=True)


def bound_resources(memory: int, file_size: int | None = None) -> None:
    """Limit this process's address space and the files it writes (bytes); a crash leaves no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if file_size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))


def cut_network() -> Isolation:
    """Leave this process without a network; tells how, or ``none`` where the platform offers no way.

    An empty network namespace is tried first; containers often forbid it, and there a seccomp filter refuses every
    socket that is not a Unix one. Sockets already open go on working.
    """
    user = 0 if os.geteuid() == 0 else _CLONE_NEWUSER
    if _libc.unshare(user | _CLONE_NEWNET) == 0 and not _reaches_network():
        return "namespace"
    return "seccomp" if _refuse_sockets() and not _reaches_network() else "none"


def refuse_unless_cut(isolation: str) -> None:
    """Refuse to go on with a network within reach, unless the operator allowed it (``THIDUA_UNISOLATED``).

    :raises NotIsolatedError: it is within reach.
    """
    if isolation == "none" and os.environ.get(UNISOLATED, "").strip().lower() not in YES:
        raise NotIsolatedError(
            "workers cannot be cut off from the network: neither user namespaces nor seccomp filters are "
            f"allowed here; allow one of them, or set {UNISOLATED}=true"
        )


def _reaches_network() -> bool:
    """Whether a datagram could leave: an empty namespace has no route, a filter gives no socket."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("127.0.0.1", 9))
    except OSError:
        return False
    return True


def _refuse_sockets() -> bool:
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        return False
    audit, number = _ARCHITECTURES[machine]

    def step(code: int, jump_true: int, jump_false: int, value: int) -> bytes:
        return struct.pack("=HBBI", code, jump_true, jump_false, value)

    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
    program = b"".join(
        (
            step(load, 0, 0, 4),  # another architecture's calls have other numbers: refuse them all
            step(equal, 0, 6, audit),
            step(load, 0, 0, 0),
            step(at_least, 4, 0, _X32),
            step(equal, 0, 2, number),
            step(load, 0, 0, 16),  # the first argument of socket(): its family
            step(equal, 0, 1, socket.AF_UNIX),
            step(give, 0, 0, _ALLOW),
            step(give, 0, 0, _EACCES),
        )
    )
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0) == 0)


def end_with_parent(sock: socket.socket) -> None:
    """End this process as soon as the parent's end of the socket closes, even in the middle of a query."""
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    poll.poll()
    os._exit(0)
