#!/usr/bin/python3
"""keep-alive.py - two clients that keep their connections open, each after an answer. One is idle when the server is
told to end, the other is in the middle of its second answer: that must come whole, the idle one be closed without a
word, and the port refuse whoever comes then."""
import http.client
import os
import socket

PORT = int(os.environ["SIGSWEEP_PORT"])


def connected():
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.request("GET", "/none")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 404 and connection.sock is not None, "the server does not keep connections"
    return connection


idle, busy = connected(), connected()
busy.request("GET", "/page")
page = busy.getresponse().read()  # raises when it is cut
print(f"{len(page)} bytes")
try:
    left = idle.sock.recv(1)
    print("idle: closed" if left == b"" else "idle: data")
except ConnectionResetError:
    print("idle: reset")
try:
    socket.create_connection(("127.0.0.1", PORT)).close()
    print("port: open")
except ConnectionRefusedError:
    print("port: closed")
