"""Listens at a Unix socket as systemd does at NOTIFY_SOCKET; prints each
datagram as a line of JSON. Node.js has no datagrams over Unix sockets."""
import json
import socket
import sys

manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(manager.recv(65536).decode()), flush=True)
