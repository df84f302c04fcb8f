#!/usr/bin/env bash
. "$(dirname "$0")/config.sh"

foreground_only "$1"
resources GET_TM_RESOURCE_PARAMS "${@:2}"
run_flink taskexecutor "$(class_path)" \
  org.apache.flink.runtime.taskexecutor.TaskManagerRunner \
  "${@:2}" --configDir "$FLINK_CONF_DIR" "${dynamic_options[@]}"
