#!/usr/bin/env bash
# Merges -Dkey=value arguments into conf/config.yaml.
. "$(dirname "$0")/config.sh"

updated=$(ask_flink UPDATE_AND_GET_FLINK_CONFIGURATION "$@") || {
  echo "[ERROR] Could not get configurations properly."
  exit 1
}
echo "$updated" >"$FLINK_CONF_DIR/config.yaml"
