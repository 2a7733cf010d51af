"""OpenMined's PSI (pip install openmined-psi): both parties in one process, one core, ECDH with a Golomb-coded set.

python openmined.py CLIENT.csv SERVER.csv
Prints one JSON object: seconds, intersection, bytes, peak memory.
"""
import json
import resource
import sys
import time

import private_set_intersection.python as psi


def ids(path):
    with open(path, encoding="utf-8-sig") as file:
        next(file)
        return [line.strip() for line in file]


own, theirs = ids(sys.argv[1]), ids(sys.argv[2])
began = time.monotonic()
client, server = psi.client.CreateWithNewKey(True), psi.server.CreateWithNewKey(True)
setup = server.CreateSetupMessage(1e-12, len(own), theirs, psi.DataStructure.GCS)
request = client.CreateRequest(own)
response = server.ProcessRequest(request)
shared = client.GetIntersection(setup, response)
seconds = time.monotonic() - began
sent = sum(len(message.SerializeToString()) for message in (setup, request, response))
used = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "seconds": seconds,
            "shared": len(shared),
            "sent": sent,
            "peak": used.ru_maxrss * 1024,
            "cpu": used.ru_utime + used.ru_stime,
        }
    )
)
