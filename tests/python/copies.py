"""A program of WASI 0.3: at once it reads a file, writes another and copies its input to its output."""

import asyncio
from componentize_py_types import Err
from wit_world import exports, byte_stream
from wit_world.imports import environment, preopens, stdin, stdout
from wit_world.imports.wasi_filesystem_types import DescriptorFlags, OpenFlags, PathFlags


async def open_at(path, how, rights):
    root, _ = preopens.get_directories()[0]
    return await root.open_at(PathFlags.SYMLINK_FOLLOW, path, how, rights)


async def checked(future):
    result = await future.read()
    if isinstance(result, Err):
        raise result


async def read(path):
    file = await open_at(path, OpenFlags(0), DescriptorFlags.READ)
    stream, future = file.read_via_stream(0)
    taken = b""
    with stream:
        while not stream.writer_dropped:
            taken += await stream.read(5)
    await checked(future)
    return taken


async def write(path, lines):
    file = await open_at(path, OpenFlags.CREATE, DescriptorFlags.WRITE)
    writer, reader = byte_stream()
    future = file.write_via_stream(reader, 0)
    with writer:
        for line in lines:
            await writer.write_all(line)
    await checked(future)


async def copy():
    stream, taken = stdin.read_via_stream()
    given = stdout.write_via_stream(stream)
    await checked(given)
    await checked(taken)


async def say(text):
    writer, reader = byte_stream()
    future = stdout.write_via_stream(reader)
    with writer:
        await writer.write_all(text.encode())
    await checked(future)


class Run(exports.Run):
    async def run(self) -> None:
        source, target = environment.get_arguments()[1:3]
        lines = [f"line {number}\n".encode() for number in range(20)]
        taken, _, _ = await asyncio.gather(read(source), write(target, lines), copy())
        again = await read(target)
        await say(f"{taken.decode()!r}, {len(again)} bytes {again == b''.join(lines)}\n")
