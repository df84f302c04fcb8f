#!/usr/bin/env bash
. "$(dirname "$0")/config.sh"

foreground_only "$1"
resources GET_JM_RESOURCE_PARAMS "${@:2}"
run_flink standalonesession "$(class_path)" \
  org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint \
  "${dynamic_options[@]}" --configDir "$FLINK_CONF_DIR" --executionMode cluster "${@:2}"
