"""A SecretFlow party of ECDH-PSI in interconnection mode, between two ports of this machine.

python secretflow_peer.py RANK PORT_OF_0 PORT_OF_1 IN.csv OUT.csv RESULT_RANK CURVE NUMBERED COLUMN...

RESULT_RANK is 0, 1 or -1 for both; CURVE is 25519 or sm2; NUMBERED is 1 for messages with sequence numbers.
Paths are absolute.
"""
import sys

import spu.libspu.link as link
import spu.psi as psi

rank, zero, one, source, result, learner, curve, numbered, *columns = sys.argv[1:]

desc = link.Desc()
desc.id = "root"
desc.brpc_channel_protocol = "h2:grpc"
desc.recv_timeout_ms = 60_000
desc.connect_retry_times = 60
desc.disable_msg_seq_id = numbered == "0"
desc.add_party("party0", f"127.0.0.1:{zero}")
desc.add_party("party1", f"127.0.0.1:{one}")
ctx = link.create_brpc(desc, int(rank))

config = psi.BucketPsiConfig(
    psi_type=psi.PsiType.Value("ECDH_PSI_2PC"),
    broadcast_result=int(learner) < 0,
    receiver_rank=max(int(learner), 0),
    input_params=psi.InputParams(path=source, select_fields=columns, precheck=False),
    output_params=psi.OutputParams(path=result, need_sort=False),
    bucket_size=1 << 20,
    curve_type=psi.CurveType.CURVE_SM2 if curve == "sm2" else psi.CurveType.CURVE_25519,
)
report = psi.bucket_psi(ctx, config, None, 5000, True)
print(report.original_count, report.intersection_count)
if numbered == "1":
    ctx.stop_link()
