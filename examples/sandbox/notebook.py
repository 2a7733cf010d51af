"""A researcher's session: Python, ADBC and Arrow Flight SQL against the door of a sandbox.

    pip install adbc-driver-flightsql adbc-driver-manager pyarrow matplotlib
    SERVER=127.0.0.1:32010 CERTIFICATE=certificate.pem RESEARCHER=li SECRET=… python notebook.py

It is written for the county of `sandbox/src/demo/county` (nobody in it exists), and needs no rows of it.
"""

import os
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import matplotlib
from adbc_driver_flightsql import DatabaseOptions

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

connection = flightsql.connect(
    f"grpc+tls://{os.environ['SERVER']}",
    db_kwargs={
        "username": os.environ["RESEARCHER"],
        "password": os.environ["SECRET"],
        DatabaseOptions.TLS_ROOT_CERTS.value: Path(os.environ["CERTIFICATE"]).read_text(),
        # The language of refusals, and the label of a result as its last column.
        DatabaseOptions.RPC_CALL_HEADER_PREFIX.value + "x-yinshu-lang": os.environ.get("LANGUAGE", "en"),
        DatabaseOptions.RPC_CALL_HEADER_PREFIX.value + "x-yinshu-label": "column",
    },
    autocommit=True,
)

# What is there for me: catalogues are policies, schemas data sets.
for catalogue in connection.adbc_get_objects().read_all().to_pylist():
    for schema in catalogue["catalog_db_schemas"]:
        for table in schema["db_schema_tables"]:
            columns = [column["column_name"] for column in table["table_columns"] or []]
            print("table", catalogue["catalog_name"], schema["db_schema_name"], table["table_name"], *columns)
residents = connection.adbc_get_table_schema("residents")
print("types", *(f"{field.name}:{field.type}" for field in residents))

with connection.cursor() as cursor:
    # A histogram: nothing but counts of groups comes out, and no group that is too small.
    cursor.execute(
        "SELECT width_bucket(wage, 0, 20000, 10) AS band, COUNT(*) AS people"
        " FROM residents WHERE wage IS NOT NULL GROUP BY 1 ORDER BY band"
    )
    histogram = cursor.fetch_arrow_table()
    print("label", histogram["密级标识"][0])
    print("bands", histogram.num_rows, "people", int(sum(histogram["people"].to_pylist())))
    bands = [2000 * (band - 1) for band in histogram["band"].to_pylist()]
    plt.bar(bands, histogram["people"].to_pylist(), width=1800, align="edge")
    plt.xlabel("wage")
    plt.ylabel("residents")
    plt.savefig(os.environ.get("PLOT", "wages.png"))

    # A refusal is an error of SQL with its code, in words that say what to try.
    try:
        cursor.execute("SELECT id, wage FROM residents")
        raise SystemExit("rows came out")
    except adbc_driver_manager.Error as refusal:
        print("refused", type(refusal).__name__, refusal.status_code.name, refusal)
    try:
        cursor.execute("SELECT COUNT(*) FROM medical_records")
        raise SystemExit("a table that is not granted was found")
    except adbc_driver_manager.Error as refusal:
        print("refused", type(refusal).__name__, refusal.status_code.name, refusal)

    # What is left of today, and what I asked.
    cursor.execute("SELECT measure, granted, spent, remaining FROM yinshu.budget")
    for row in cursor.fetchall():
        print("budget", *row)
    cursor.execute("SELECT state, code, question FROM yinshu.requests LIMIT 3")
    for row in cursor.fetchall():
        print("request", *row)

connection.close()
