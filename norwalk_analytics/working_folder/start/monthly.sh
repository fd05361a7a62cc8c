#!/bin/sh
# Validate, report, publish. Exit code 0: published. 1: rows were set aside and nothing was published: mend the
# workbooks in private/checked, move them to corrections, and run this again. 2, 3: what is wrong was said.
set -eu
cd "$(dirname "$0")"
mkdir -p private public
chmod 700 private

norwalk-analytics validate data --contract contract --out private/checked  # unless 0, all ends here

ledger=private/ledger.csv  # what was published before, so that no difference tells of a person
if [ -f "$ledger" ]; then set -- --previous "$ledger"; else set --; fi
norwalk-analytics report data --contract contract "$@" --ledger "$ledger" -o "public/board_report_$(date +%Y-%m).html"
