#!/bin/sh
# A new environment in the place of the old one, which comes back if that fails.
# pip comes from Debian's wheel of it and stays outside. usage: install_wheels.sh FOLDER HASH
set -eu
folder=$1 hash=$2
wheels=$folder/wheels
pip=$(echo /usr/share/python-wheels/pip-*.whl)
umask 022
rm -rf "$folder/venv.old" # an environment knows its own address, so it is made at the final one
if [ -e "$folder/venv" ]; then mv "$folder/venv" "$folder/venv.old"; fi
put_back() {
  [ -e "$folder/venv.old" ] && rm -rf "$folder/venv" && mv "$folder/venv.old" "$folder/venv"
  exit 1
}
trap put_back HUP INT TERM
python3 -m venv --without-pip "$folder/venv" || put_back
cd "$wheels"
if [ -e SHA256SUMS ]; then
  sha256sum --check --strict --quiet SHA256SUMS || put_back
  # shellcheck disable=SC2046 # names of wheels have no blanks
  set -- $(sed 's/^[0-9a-f]*  //' SHA256SUMS)
else
  set -- *.whl
fi
PYTHONPATH=$pip PIP_CONFIG_FILE=/dev/null python3 -m pip --python "$folder/venv/bin/python" install \
  --quiet --no-input --disable-pip-version-check --root-user-action=ignore --no-cache-dir --compile \
  --no-index --no-deps "$@" || put_back
"$folder/venv/bin/python" -c 'from importlib.metadata import version; print(version("guyub"))' > "$folder/version"
echo "$hash" > "$folder/wheels.sha256"
cd /
rm -rf "$folder/venv.old" "$wheels"
