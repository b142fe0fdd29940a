"""The road's table is read on a terminal of eighty characters."""

from io import StringIO

from rich.console import Console

from deploy.commands.road import table_of


def test_each_stream_is_told_by_its_whole_name() -> None:
    streams = ["cn-hgh/my-kul/logistics/0", "cn-hgh/my-kul/payments/0"]
    counts = {"numbered": 12_345, "applied": 12_345, "receipts": 12_300, "behind": 0}
    rows = [{"stream": each, **counts, "set_aside": 3, "stopped": "gap"} for each in streams]
    shown = StringIO()

    Console(file=shown, width=80).print(table_of(rows))

    assert all(each in shown.getvalue() for each in streams)
