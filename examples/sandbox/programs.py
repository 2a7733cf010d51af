"""Programs through the door: a score called with a question, an aggregate that waits for a reviewer, and its result.

    SERVER=127.0.0.1:32010 CERTIFICATE=certificate.pem RESEARCHER=li SECRET=… python programs.py [ID]

It is written for the county of `sandbox/src/demo/county` (nobody in it exists), in which the score `need` and the aggregate
`counted` are approved. With the id of a result that a reviewer released, it is fetched.
"""

import os
import sys
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
from adbc_driver_flightsql import DatabaseOptions

connection = flightsql.connect(
    f"grpc+tls://{os.environ['SERVER']}",
    db_kwargs={
        "username": os.environ["RESEARCHER"],
        "password": os.environ["SECRET"],
        DatabaseOptions.TLS_ROOT_CERTS.value: Path(os.environ["CERTIFICATE"]).read_text(),
        DatabaseOptions.RPC_CALL_HEADER_PREFIX.value + "x-yinshu-lang": "en",
    },
    autocommit=True,
)

with connection.cursor() as cursor:
    if len(sys.argv) > 1:
        cursor.execute(f"CALL yinshu.fetch('{sys.argv[1]}')")
        for row in cursor.fetchall():
            print("fetched", *row)
        raise SystemExit

    # Which programs there are, and the columns that they give.
    cursor.execute("SELECT program, kind, table_name, column_name FROM yinshu.programs")
    for row in cursor.fetchall():
        print("program", *row)

    # The columns of a score stand beside those of its table. The question is a text: $$ saves doubling the marks in it.
    cursor.execute("CALL need($$ SELECT need, COUNT(*) AS people FROM residents WHERE sex = '女' GROUP BY need $$)")
    for row in cursor.fetchall():
        print("need", *row)

    # What an aggregate gives a person sees first; a program that nobody approved is as if it were not there.
    for call in ["CALL counted()", "CALL unheard_of('SELECT COUNT(*) FROM residents')"]:
        try:
            cursor.execute(call)
            cursor.fetchall()
            raise SystemExit(f"{call} gave something")
        except adbc_driver_manager.Error as refusal:
            print("refused", type(refusal).__name__, refusal.status_code.name, refusal)

    cursor.execute("SELECT spent FROM yinshu.budget")
    print("asked", cursor.fetchone()[0])

connection.close()
