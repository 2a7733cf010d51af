"""One party of SecretFlow's PSI (pip install "spu==0.9.5"), timed from CSV to CSV.

python secretflow.py RANK PROTOCOL INPUT.csv OUTPUT.csv PORT [--cache FOLDER]
PROTOCOL: rr22 | rr22-low | kkrt | ecdh | ecdh-elligator | sm2 | ub-offline | ub-online
The parties listen on 127.0.0.1:PORT and :PORT+1. Prints one JSON object: seconds of the call, intersection,
bytes sent, peak memory.
"""
import argparse
import json
import os
import resource
import time

import spu.libspu.link as link
import spu.psi as psi

args = argparse.ArgumentParser()
args.add_argument("rank", type=int)
args.add_argument("protocol")
args.add_argument("input")
args.add_argument("output")
args.add_argument("port", type=int)
args.add_argument("--cache", default="")
args = args.parse_args()

desc = link.Desc()
desc.id = "bench"
desc.recv_timeout_ms = 600_000
desc.connect_retry_times = 120
desc.add_party("party0", f"127.0.0.1:{args.port}")
desc.add_party("party1", f"127.0.0.1:{args.port + 1}")
context = link.create_brpc(desc, args.rank)

own = psi.InputParams(path=args.input, selected_keys=["id"], keys_unique=True)
result = psi.OutputParams(path=args.output, disable_alignment=True)
curves = {
    "ecdh": psi.EllipticCurveType.CURVE_25519,
    "ecdh-elligator": psi.EllipticCurveType.CURVE_25519_ELLIGATOR2,
    "sm2": psi.EllipticCurveType.CURVE_SM2,
}


def two_party():
    protocol = {"rr22": "RR22", "rr22-low": "RR22", "kkrt": "KKRT"}.get(args.protocol, "ECDH")
    config = psi.PsiProtocolConfig(
        protocol=psi.parse_protocol(f"PROTOCOL_{protocol}"),
        receiver_rank=0,
        bucket_size=1 << 24,
        broadcast_result=False,
        ecdh_params=psi.EcdhParams(curve=curves.get(args.protocol, psi.EllipticCurveType.CURVE_25519)),
        rr22_params=psi.Rr22Rarams(low_comm_mode=args.protocol == "rr22-low"),
    )
    return psi.psi_execute(psi.PsiExecuteConfig(config, own, result), context)


def unbalanced():
    offline = args.protocol == "ub-offline"
    server = args.rank == 1
    key = os.path.join(args.cache, "server.key")
    if server and offline:
        with open(key, "wb") as file:
            file.write(bytes(range(1, 33)))
    config = psi.UbPsiExecuteConfig(
        mode=psi.UbPsiMode.MODE_OFFLINE if offline else psi.UbPsiMode.MODE_ONLINE,
        role=psi.UbPsiRole.ROLE_SERVER if server else psi.UbPsiRole.ROLE_CLIENT,
        server_receive_result=False,
        client_receive_result=True,
        cache_path=os.path.join(args.cache, "server" if server else "client"),
        input_params=own,
        output_params=result,
        server_params=psi.UbPsiServerParams(secret_key_path=key if server else ""),
    )
    return psi.ub_psi_execute(config, context)


began = time.monotonic()
report = unbalanced() if args.protocol.startswith("ub-") else two_party()
seconds = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "seconds": seconds,
            "shared": report.intersection_count,
            "tells": args.protocol != "ub-offline",
            "sent": context.get_stats().sent_bytes if hasattr(context, "get_stats") else None,
            "peak": used.ru_maxrss * 1024,
            "cpu": used.ru_utime + used.ru_stime,
        }
    ),
    flush=True,
)
context.stop_link()
