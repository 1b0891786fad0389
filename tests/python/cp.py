"""A Python program: shows what it was given, lists and reads a directory, and tries what it was not given.
With the argument `lazy` it imports modules that nothing imported when the component was made."""

import importlib
import os
import random
import socket
import sys
import time


def attempt(what, action):
    """Prints what an action gives, or the error it fails with."""
    try:
        print(f"{what}: {action()}")
    except OSError as error:
        print(f"{what}: {type(error).__name__} {error.errno}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return repr(file.read())


def write(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("new")


def connect(address):
    host, port = address.rsplit(":", 1)
    # Not `create_connection`, whose name lookup needs an encoding componentize-py leaves out.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.connect((host, int(port)))
        connection.sendall(b"from python")
        return connection.recv(64).decode()


def lazy(names):
    for name in names:
        try:
            print(f"{name}: {importlib.import_module(name).__file__}")
        except ImportError as error:
            print(f"{name}: {type(error).__name__}")
    try:
        print("café.example".encode("idna"))
    except LookupError as error:
        print(error)


class Run:
    """`wasi:cli/run`."""

    def run(self):
        if sys.argv[1:2] == ["lazy"]:
            lazy(sys.argv[2:])
            return
        print(f"argv: {sys.argv[1:]}")
        print(f"environment: {sorted(os.environ.items())}")
        for directory, folders, files in os.walk("/site"):
            folders.sort()
            print(f"{directory}: {sorted(folders)} {sorted(files)}")
            for name in sorted(files):
                attempt(f"{directory}/{name}", lambda: read(f"{directory}/{name}"))
        attempt("stat", lambda: os.stat("/site/a.txt").st_size)
        attempt("missing", lambda: read("/site/none"))
        attempt("write", lambda: write("/site/new.txt"))
        attempt("planted", lambda: read("/planted/secret.txt"))
        print(f"random: {0 <= random.random() < 1} {len(os.urandom(8))}")
        start = time.monotonic()
        time.sleep(0.01)
        print(f"slept: {time.monotonic() - start >= 0.01}")
        if "ECHO" in os.environ:
            attempt("echo", lambda: connect(os.environ["ECHO"]))
        print("done")
