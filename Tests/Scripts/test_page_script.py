"""The script of a page writes times as the server does: both are asked for one table, here and in ViewFormatTests."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "Sources/TrackerPages/Assets/app.js").read_text()
TABLE = ROOT / "Tests/Fixtures/page-times.json"


def test_the_script_writes_times_as_the_server_does(tmp_path):
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not there: the whole scripts/test installs it for the clients")
    forms = re.search(r"^  const months =.*?^  const forms = \{.*?^  \};$", SCRIPT, re.M | re.S).group()
    elapsed = re.search(r"^  const elapsed = .*?^  \};$", SCRIPT, re.M | re.S).group()
    code = "'use strict';\n%s\n%s\n" % (forms, elapsed) + """
const rows = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));
const texts = rows.map(([form, ms]) => form === 'elapsed' ? elapsed(ms / 1000) : forms[form](new Date(ms)));
console.log(JSON.stringify(texts));
"""
    (tmp_path / "times.js").write_text(code)
    done = subprocess.run([node, str(tmp_path / "times.js"), str(TABLE)], check=True, capture_output=True, text=True,
                          env={**os.environ, "TZ": "UTC"}, timeout=60)
    rows = json.loads(TABLE.read_text())
    assert len(rows) > 30 and {row[0] for row in rows} >= {"elapsed", "minute", "clock", "clockTenths", "dateMinute"}
    for row, text in zip(rows, json.loads(done.stdout), strict=True):
        assert text == row[2], row
