"""A Python program: shows what it was given, lists and reads a directory, and tries what it was not given.
With the argument `lazy` it imports modules that nothing imported when the component was made, with `files` it writes
below a directory, as programs do that know nothing of where they are, with `timed` it inserts rows into a database."""

import encodings.cp437  # what zipfile reads old names with
import importlib
import io
import os
import random
import shutil
import socket
import sqlite3
import sys
import tarfile
import tempfile
import time
import zipfile


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


def tree(top):
    """Every file below a directory and how large it is."""
    found = []
    for directory, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(directory, name)
            found.append((os.path.relpath(path, top), os.stat(path).st_size))
    return found


def temporary(top):
    with tempfile.TemporaryDirectory(dir=top) as folder:
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".txt") as file:
            file.write(b"x" * 10_000)
            file.flush()
            size = os.stat(file.name).st_size
        return size, os.listdir(folder)


def archives(top):
    source = os.path.join(top, "source")
    os.makedirs(os.path.join(source, "a", "b"))
    for number in range(20):
        with open(os.path.join(source, "a", "b" if number % 2 else "", f"{number}.txt"), "w", encoding="utf-8") as file:
            file.write("line\n" * number * 100)
    with zipfile.ZipFile(os.path.join(top, "all.zip"), "w", zipfile.ZIP_STORED) as archive:
        for name, _ in tree(source):
            archive.write(os.path.join(source, name), name)
    with zipfile.ZipFile(os.path.join(top, "all.zip")) as archive:
        archive.extractall(os.path.join(top, "zip"))
    with tarfile.open(os.path.join(top, "all.tar"), "w") as archive:
        archive.add(source, "tar")
    with tarfile.open(os.path.join(top, "all.tar")) as archive:
        archive.extractall(top, filter="data")
    expected = tree(source)
    same = tree(os.path.join(top, "zip")) == expected == tree(os.path.join(top, "tar"))
    for name in ("source", "zip", "tar"):
        shutil.rmtree(os.path.join(top, name))
    return len(expected), same, sorted(os.listdir(top))


def database(path):
    connection = sqlite3.connect(path)
    connection.execute("create table if not exists words (word text primary key, length integer)")
    with connection:
        words = [(f"word {number}", number) for number in range(1000)]
        connection.executemany("insert or replace into words values (?, ?)", words)
    with connection:
        connection.execute("delete from words where length % 2")
    try:
        with connection:
            connection.execute("delete from words")
            raise InterruptedError
    except InterruptedError:
        pass
    count = connection.execute("select count(*), sum(length) from words").fetchone()
    check = connection.execute("pragma integrity_check").fetchone()
    connection.close()
    return count, check


def timed_database(path, count):
    """Inserts in transactions of ten rows, and prints nanoseconds per row, as the benchmarks want it."""
    connection = sqlite3.connect(path)
    connection.execute("create table words (word text primary key, length integer)")
    start = time.perf_counter_ns()
    for number in range(0, count, 10):
        with connection:
            words = [(f"word {number + n}", n) for n in range(10)]
            connection.executemany("insert into words values (?, ?)", words)
    print((time.perf_counter_ns() - start) / count)
    connection.close()


def names(top):
    """What a program does with names: links, renames, and times."""
    old, new = os.path.join(top, "old"), os.path.join(top, "new")
    with open(old, "w", encoding="utf-8") as file:
        file.write("text")
    os.symlink("old", os.path.join(top, "link"))
    os.link(old, new)
    os.utime(old, (10, 20))
    stat = os.stat(new)
    os.replace(new, old)
    os.rename(old, os.path.join(top, "moved"))
    gone = os.path.exists(os.path.join(top, "link"))
    for name in sorted(os.listdir(top)):
        os.remove(os.path.join(top, name))
    return stat.st_nlink, stat.st_atime, stat.st_mtime, gone, os.listdir(top)


def in_place(path):
    with open(path, "r+b") as file:
        file.seek(3)
        file.write(b"XYZ")
        file.truncate(8)
        file.seek(0, io.SEEK_END)
        file.write(b"!")
        file.seek(0)
        return file.read()


def work(top):
    for name, action in (
        ("temporary", temporary),
        ("archives", archives),
    ):
        folder = os.path.join(top, name)
        os.mkdir(folder)
        attempt(name, lambda: action(folder))
        shutil.rmtree(folder)
    folder = os.path.join(top, "names")
    os.mkdir(folder)
    attempt("names", lambda: names(folder))
    attempt("database", lambda: database(os.path.join(top, "words.db")))
    for path in sys.argv[3:]:
        attempt(path, lambda: in_place(path) if path.endswith(".txt") else database(path))
    print(sorted(os.listdir(top)))


class Run:
    """`wasi:cli/run`."""

    def run(self):
        if sys.argv[1:2] == ["files"]:
            work(sys.argv[2])
            return
        if sys.argv[1:2] == ["timed"]:
            timed_database(sys.argv[2], int(sys.argv[3]))
            return
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
