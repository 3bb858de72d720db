#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# must_be_caught.sh SEEDS PROGRAM...: each program is a ringsim with a rule broken on purpose. A judge must
# object to each within so many seeds; a crash, or silence, is a failure of this test.
seeds=$1
shift
status=0
for program in "$@"; do
    said=$("$program" --seeds "1..$seeds" --stop 2>&1)
    code=$?
    echo "$(basename "$program"): $said"
    if [ $code -ne 1 ]; then
        echo "NOT CAUGHT: $(basename "$program") ended with $code"
        status=1
    fi
done
exit $status
