"""python3-nbxmpp in a process of its own, over its WebSocket transport. Obeys
the test (client_process.mjs) as driver.mjs does: a line of JSON per command
and per answer."""

import json
import os
import re
import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import Gio, GLib  # noqa: E402
from nbxmpp.client import Client  # noqa: E402
from nbxmpp.const import ConnectionProtocol, ConnectionType  # noqa: E402
from nbxmpp.protocol import Iq, Message, Presence  # noqa: E402
from nbxmpp.simplexml import Node  # noqa: E402
from nbxmpp.structs import StanzaHandler  # noqa: E402

STANZAS = {"message": Message, "presence": Presence, "iq": Iq}
loop = GLib.MainLoop()


class Wire:
    """What crossed the wire since <enable/> and <enabled/>."""

    def __init__(self):
        self.counts = {"sent": 0, "received": 0}
        self.acks = {"acksSent": [], "acksReceived": []}
        self.enabling = self.enabled = False
        self.mechanism = None

    def input(self, text):
        if self.enabled and re.match(r"<(message|presence|iq)[\s>/]", text):
            self.counts["received"] += 1
        if text.startswith("<enabled"):
            self.enabled = True
        self.ack("acksReceived", text)

    def output(self, text):
        if self.enabling and re.match(r"<(message|presence|iq)[\s>/]", text):
            self.counts["sent"] += 1
        if text.startswith("<enable"):
            self.enabling = True
        self.ack("acksSent", text)
        found = re.match(r"""<auth [^>]*mechanism=['"]([^'"]+)""", text)
        if found and self.mechanism is None:
            self.mechanism = found[1]

    def ack(self, way, text):
        found = re.match(r"""<a [^>]*\bh=['"](\d+)""", text)
        if found:
            self.acks[way].append(int(found[1]))


class Driver:
    def __init__(self):
        self.wire = Wire()
        self.messages = []
        self.inputs = []
        self.waits = []
        self.closed = False
        self.login = None
        self.rest = b""

    # -- events of the client -------------------------------------------------

    def on_received(self, _client, _signal, text):
        self.inputs.append(str(text))
        self.wire.input(str(text))
        GLib.idle_add(self.look)

    def on_sent(self, _client, _signal, stanza):
        self.wire.output(str(stanza))
        self.look()

    def on_connected(self, client, _signal):
        client.send_stanza(Presence())
        self.answer(self.login, {
            "jid": str(client.get_bound_jid()),
            "mechanism": self.wire.mechanism,
        })

    def on_end(self, client, _signal):
        self.closed = True
        if self.wire.mechanism is None or client.get_bound_jid() is None:
            self.answer(self.login, error=f"no login: {client.get_error()}")
        self.look()

    def on_message(self, _client, stanza, _properties):
        body = stanza.getBody()
        if body:
            sender = str(stanza.getFrom())
            self.messages.append({"from": sender, "body": body})

    # -- commands -------------------------------------------------------------

    def connect(self, id, options):
        self.login = id
        url = options["url"]
        kind = ConnectionType.PLAIN
        self.client = client = Client()
        client.set_domain(options["domain"])
        client.set_username(options["user"])
        client.set_password(options["password"])
        client.set_resource(options.get("resource"))
        if url.startswith("wss:"):
            kind = ConnectionType.DIRECT_TLS
            file = options["certificate"]
            accepted = [Gio.TlsCertificate.new_from_file(file)]
            client.set_accepted_certificates(accepted)
        if options.get("mechanism"):
            client.set_mechs({options["mechanism"]})
        client.set_custom_host(url, ConnectionProtocol.WEBSOCKET, kind)
        client.subscribe("connected", self.on_connected)
        client.subscribe("disconnected", self.on_end)
        client.subscribe("connection-failed", self.on_end)
        client.subscribe("stanza-received", self.on_received)
        client.subscribe("stanza-sent", self.on_sent)
        client.register_handler(
            StanzaHandler(name="message", callback=self.on_message))
        client.connect()

    def send(self, id, to, prefix, count):
        for i in range(count):
            self.client.send_stanza(Message(to, f"{prefix} {i}", typ="chat"))
        self.answer(id)

    def stanza(self, id, xml):
        node = Node(node=xml)
        make = STANZAS.get(node.getName())
        if make:
            self.client.send_stanza(make(node=xml))
        else:
            self.client.send_nonza(node)
        self.answer(id)

    def input(self, id, pattern):
        def first():
            for i, text in enumerate(self.inputs):
                if re.search(pattern, text, re.DOTALL):
                    return self.inputs.pop(i)
        self.wait(id, first, lambda found: found)

    def received(self, id, count):
        self.wait(id, lambda: len(self.messages) >= count,
                  lambda _: self.messages)

    def ping(self, id, to):
        task = self.client.get_module("Ping").ping(to)
        self.finish(id, task, lambda _: None)

    def disco(self, id, to):
        task = self.client.get_module("Discovery").disco_info(to)
        self.finish(id, task, lambda info: list(info.features))

    def acknowledged(self, id):
        wire, smacks = self.wire, self.client._smacks
        before = len(wire.acks["acksReceived"])
        smacks._request_ack()
        self.wait(
            id,
            lambda: len(wire.acks["acksReceived"]) > before
            and wire.acks["acksReceived"][-1] == wire.counts["sent"],
            lambda _: {
                "wire": {**wire.counts, **wire.acks},
                "library": {
                    "enabled": smacks.enabled,
                    "acked": smacks._out_h - len(smacks._uqueue),
                    "handled": smacks._in_h,
                    "unacked": len(smacks._uqueue),
                },
            })

    def on_closed(self, id):
        self.wait(id, lambda: self.closed, lambda _: None, at_end=True)

    def close(self, id):
        self.client.disconnect()
        self.answer(id)

    # -- the protocol with the test -------------------------------------------

    def finish(self, id, task, value):
        def done(task):
            try:
                self.answer(id, value(task.finish()))
            except Exception as error:  # whatever the library raises
                self.answer(id, error=str(error))

        # The task would keep it weakly.
        task.add_done_callback(done, weak=False)

    def wait(self, id, ready, value, at_end=False):
        self.waits.append((id, ready, value, at_end))
        self.look()

    def look(self):
        waits, self.waits = self.waits, []
        for wait in waits:
            id, ready, value, at_end = wait
            found = ready()
            if found:
                self.answer(id, value(found))
            elif self.closed and not at_end:
                self.answer(id, error="the connection was closed")
            else:
                self.waits.append(wait)

    @staticmethod
    def answer(id, value=None, error=None):
        result = {"error": error} if error else {"value": value}
        print(json.dumps({"id": id, **result}), flush=True)

    def read(self, file, _condition):
        chunk = os.read(file, 1 << 20)
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        for line in lines:
            self.obey(line)
        if not chunk:
            loop.quit()
        return bool(chunk)

    def obey(self, line):
        command = json.loads(line)
        name, args = command["command"], command["args"]
        try:
            if name == "connect":
                self.connect(command["id"], args)
            else:
                name = "on_closed" if name == "closed" else name
                getattr(self, name)(command["id"], **args)
        except Exception as error:  # a fault of the test, told to it
            self.answer(command["id"], error=repr(error))


driver = Driver()
GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, driver.read)
loop.run()
