#!/usr/bin/env bash
# The gateway's jar is in opt, not in lib. Its heap is what the JVM takes by itself, or what JVM_ARGS says.
. "$(dirname "$0")/config.sh"

foreground_only "$1"
gateway=$(find "$FLINK_HOME/opt" -name 'flink-sql-gateway-*.jar')
run_flink sql-gateway "$(class_path)$gateway" org.apache.flink.table.gateway.SqlGateway "${@:2}"
