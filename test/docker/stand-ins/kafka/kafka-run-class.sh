#!/usr/bin/env bash
# Runs a class of Kafka's class path, with the variables that Kafka's own script knows.
set -o errexit

base=$(cd "$(dirname "$0")/.." && pwd)
performance='-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35
  -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true'
# Unquoted on purpose: each variable may hold several options.
# shellcheck disable=SC2086
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
  ${KAFKA_HEAP_OPTS:--Xmx256M} \
  ${KAFKA_JVM_PERFORMANCE_OPTS:-$performance} \
  ${KAFKA_JMX_OPTS:-} \
  -Dkafka.logs.dir="${LOG_DIR:-$base/logs}" \
  ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$base/config/tools-log4j2.yaml} \
  -cp "$base/libs/*" \
  ${KAFKA_OPTS:-} \
  "$@"
