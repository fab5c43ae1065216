#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""console.py SOCKET COMMAND... - who listens on --console-socket: takes the terminal's master that COMMAND (create, run
or exec) sends, and then shows what is written to the terminal, until its end or the word END.

Environment: TYPE is typed into the terminal first. RESIZE=ROWSxCOLUMNS sets the window's size before that. The first line
printed is `size ROWS COLUMNS` as the terminal came. Status: COMMAND's; 3 when no terminal came."""
import array
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import termios


def receive(listener):
    listener.settimeout(10)
    connection, _ = listener.accept()
    message, ancillary, _, _ = connection.recvmsg(256, socket.CMSG_SPACE(4))
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            print("name", message.decode())
            return array.array("i", data)[0]
    return None


def show(master):
    seen = b""
    while b"END" not in seen and select.select([master], [], [], 10)[0]:
        try:
            text = os.read(master, 4096)
        except OSError: # EIO: the last process has closed it
            break
        seen += text
    print(seen.decode().replace("\r\n", "\n"), end="")


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(1)
    command = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
    try:
        master = receive(listener)
    except TimeoutError:
        master = None
    os.unlink(sys.argv[1])
    if master is None:
        command.wait(10)
        sys.exit(3)
    print("size", *struct.unpack("HHHH", fcntl.ioctl(master, termios.TIOCGWINSZ, b"\0" * 8))[:2])
    if "RESIZE" in os.environ:
        rows, columns = map(int, os.environ["RESIZE"].split("x"))
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    sys.stdout.flush()
    status = command.wait(20)
    for then in filter(None, os.environ.get("THEN", "").split("\n")):
        subprocess.run(["sh", "-c", then], check=True)
    if "TYPE" in os.environ:
        os.write(master, os.environ["TYPE"].encode())
    show(master)
    sys.exit(status)


main()
