#!/bin/sh
# Installs r4pm into bench/peers/.r4pm, from the package index that pip is set up for.
set -eu
cd "$(dirname "$0")"
python3 -m venv .r4pm
.r4pm/bin/pip install --quiet r4pm==0.6.2
.r4pm/bin/python -c 'import r4pm'
