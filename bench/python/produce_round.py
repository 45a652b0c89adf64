"""librdkafka on the keyed records of bench/produce.ts, through the library inside the wheel `confluent-kafka`.

Arguments: bootstrap, topic, file, records, warm-up, key bytes, record bytes, then settings as name=value. Prints the
same JSON. The records are handed over by rd_kafka_produce_batch, thousands a call: Python's own cost per record, which
is not the library's, is then next to nothing. Without arguments it prints the library's version.
"""

import ctypes
import glob
import os
import resource
import sys
import time

import confluent_kafka

CHUNK_RECORDS = 10_000
MSG_F_COPY_AND_BLOCK = 0x2 | 0x4
UNASSIGNED = -1


class Message(ctypes.Structure):
    """rd_kafka_message_t"""

    _fields_ = [
        ("err", ctypes.c_int),
        ("topic", ctypes.c_void_p),
        ("partition", ctypes.c_int32),
        ("payload", ctypes.c_void_p),
        ("len", ctypes.c_size_t),
        ("key", ctypes.c_void_p),
        ("key_len", ctypes.c_size_t),
        ("offset", ctypes.c_int64),
        ("private", ctypes.c_void_p),
    ]


def load():
    folder = os.path.dirname(os.path.dirname(confluent_kafka.__file__))
    (path,) = glob.glob(os.path.join(folder, "confluent_kafka.libs", "librdkafka*.so*"))
    library = ctypes.CDLL(path)
    for name in ("rd_kafka_conf_new", "rd_kafka_topic_conf_new", "rd_kafka_new", "rd_kafka_topic_new"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


def main():
    if len(sys.argv) == 1:
        print(confluent_kafka.libversion()[0])
        return
    bootstrap, topic_name, file = sys.argv[1:4]
    records, warm_up, key_bytes, record_bytes = map(int, sys.argv[4:8])
    rdkafka = load()
    problem = ctypes.create_string_buffer(512)
    conf = ctypes.c_void_p(rdkafka.rd_kafka_conf_new())
    settings = {"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": "true", "partitioner": "murmur2_random"}
    settings.update(setting.split("=", 1) for setting in sys.argv[8:])
    for name, value in settings.items():
        if rdkafka.rd_kafka_conf_set(conf, name.encode(), value.encode(), problem, ctypes.c_size_t(512)) != 0:
            raise ValueError(problem.value)
    producer_type = 0
    client = ctypes.c_void_p(rdkafka.rd_kafka_new(producer_type, conf, problem, ctypes.c_size_t(512)))
    topic = ctypes.c_void_p(rdkafka.rd_kafka_topic_new(client, topic_name.encode(), None))

    with open(file, "rb") as source:
        held = ctypes.create_string_buffer(source.read(records * record_bytes), records * record_bytes)
    start = ctypes.addressof(held)
    messages = (Message * records)()
    for index in range(records):
        at = start + index * record_bytes
        message = messages[index]
        message.key, message.key_len = at, key_bytes
        message.payload, message.len = at + key_bytes, record_bytes - key_bytes

    def send(begin, end):
        for at in range(begin, end, CHUNK_RECORDS):
            count = min(CHUNK_RECORDS, end - at)
            first = ctypes.byref(messages, at * ctypes.sizeof(Message))
            taken = rdkafka.rd_kafka_produce_batch(topic, UNASSIGNED, MSG_F_COPY_AND_BLOCK, first, count)
            if taken != count:
                raise RuntimeError(f"{count - taken} of {count} records were not taken")
        if rdkafka.rd_kafka_flush(client, 60_000) != 0 or rdkafka.rd_kafka_outq_len(client) != 0:
            raise RuntimeError("flush timed out")

    def cpu_seconds():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    send(0, warm_up)
    cpu, started = cpu_seconds(), time.monotonic()
    send(warm_up, records)
    seconds, spent = time.monotonic() - started, cpu_seconds() - cpu
    print(f'{{"records":{records - warm_up},"seconds":{seconds},"cpuSeconds":{spent}}}')


main()
