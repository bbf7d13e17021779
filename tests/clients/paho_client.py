"""One round of everything with paho-mqtt: paho_client.py URL VERSION [CAFILE]

Subscribes, publishes with each QoS, and prints one line a message received: topic, QoS, retain flag,
payload in hexadecimal. Ends with 0 when all of them came back.
"""

import ssl
import sys
import threading
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.packettypes import PacketTypes

LARGE = bytes(range(256)) * 400
MESSAGES = [("it/0", b"zero", 0), ("it/1", b"", 1), ("it/2", LARGE, 2)]
PATIENCE = 20


def main(url, version, authority=None):
    where = urlsplit(url)
    over_websocket = where.scheme in ("ws", "wss")
    arguments = dict(
        client_id=f"paho-{where.scheme}-{version}",
        protocol=mqtt.MQTTv5 if version == "5" else mqtt.MQTTv311,
        transport="websockets" if over_websocket else "tcp",
    )
    if hasattr(mqtt, "CallbackAPIVersion"):
        arguments["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION1
    client = mqtt.Client(**arguments)
    if over_websocket:
        client.ws_set_options(path=where.path or "/mqtt")
    if authority:
        client.tls_set(ca_certs=authority, cert_reqs=ssl.CERT_REQUIRED)

    seen = []
    subscribed, complete = threading.Event(), threading.Event()

    def on_subscribe(*_):
        subscribed.set()

    def on_message(_client, _data, message):
        if version == "5" and message.qos > 0:
            pairs = getattr(message.properties, "UserProperty", [])
            assert pairs == [("from", "paho")], pairs
        seen.append((message.topic, message.qos, message.retain, message.payload))
        if len(seen) == len(MESSAGES):
            complete.set()

    client.on_subscribe, client.on_message = on_subscribe, on_message
    client.connect(where.hostname, where.port)
    client.loop_start()
    client.subscribe("it/#", 2)
    assert subscribed.wait(PATIENCE), "not subscribed"
    for topic, payload, qos in MESSAGES:
        properties = None
        if version == "5":
            properties = Properties(PacketTypes.PUBLISH)
            properties.UserProperty = ("from", "paho")
        client.publish(topic, payload, qos, properties=properties)
    assert complete.wait(PATIENCE), f"only {len(seen)} messages came back"
    client.disconnect()
    client.loop_stop()
    expected = [(topic, qos, 0, payload) for topic, payload, qos in MESSAGES]
    assert sorted(seen) == expected, [(topic, qos, retain) for topic, qos, retain, _ in seen]


main(*sys.argv[1:])
