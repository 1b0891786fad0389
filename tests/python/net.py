"""A Python program that reaches for the network as programs do: by `socket`, `http.client` and `urllib`. Each line of
its input says what to reach for, and each line that it prints what came of it."""

import encodings.idna  # what names are encoded with before they are looked up
import http.client
import socket
import sys
import urllib.error
import urllib.request


def lookup(name):
    found = socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
    return sorted({address[0] for *_, address in found})


def tcp(host, port):
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"from python")
        return connection.recv(64).decode()


def udp(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"from python", (host, int(port)))
        return connection.recvfrom(64)[0].decode()


def client(host, port, path):
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode().strip()


def url(text):
    with urllib.request.urlopen(text) as response:
        return response.status, response.read().decode().strip()


WAYS = {"lookup": lookup, "tcp": tcp, "udp": udp, "client": client, "url": url}


class Run:
    """`wasi:cli/run`."""

    def run(self):
        for line in sys.stdin:
            way, *words = line.split()
            try:
                came = WAYS[way](*words)
            except urllib.error.URLError as error:
                came = f"{type(error).__name__} of {type(error.reason).__name__}"
            except OSError as error:
                came = type(error).__name__
            print(f"{line.strip()}: {came}")
