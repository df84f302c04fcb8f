#!/usr/bin/env bash
# Entry point of the Flink stand-in, after docker-entrypoint.sh of apache/flink-docker. Without `jemalloc` and
# `history-server`; `standalone-job` has no script here.

link_plugins() {
  local jar
  for jar in ${ENABLE_BUILT_IN_PLUGINS//;/ }; do
    if [ ! -e "$FLINK_HOME/opt/$jar" ]; then
      echo "Plugin $jar does not exist. Exiting."
      exit 1
    fi
    mkdir -p "$FLINK_HOME/plugins/${jar%.jar}"
    ln -sf "$FLINK_HOME/opt/$jar" "$FLINK_HOME/plugins/${jar%.jar}/"
    echo "Enabled $jar"
  done
}

# ${VARIABLE} and $VARIABLE of the environment; what is not set becomes nothing.
expand() {
  local rest=$1 done='' name
  while [[ $rest =~ ^([^$]*)\$(\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))(.*)$ ]]; do
    name=${BASH_REMATCH[3]}${BASH_REMATCH[4]}
    done+=${BASH_REMATCH[1]}${!name-}
    rest=${BASH_REMATCH[5]}
  done
  printf '%s' "$done$rest"
}

write_configuration() {
  local options=(
    "-Djobmanager.rpc.address=${JOB_MANAGER_RPC_ADDRESS:-$(hostname -f)}"
    -Dblob.server.port=6124
    -Dquery.server.port=6125
  )
  if [ -n "$TASK_MANAGER_NUMBER_OF_TASK_SLOTS" ]; then
    options+=("-Dtaskmanager.numberOfTaskSlots=$TASK_MANAGER_NUMBER_OF_TASK_SLOTS")
  fi
  local line
  while IFS= read -r line; do
    line=$(tr -d '[:space:]' <<<"$line")
    # The first colon ends the key: values may hold more of them.
    if [ -n "$line" ]; then options+=("-D${line%%:*}=$(expand "${line#*:}")"); fi
  done <<<"$FLINK_PROPERTIES"
  "$FLINK_HOME/bin/update-config.sh" "${options[@]}"
}

if [ "$(id -u)" = 0 ]; then
  echo "WARNING: Flink should not run as root."
fi
link_plugins
write_configuration

command=$1
case $command in
  help)
    echo "Usage: $(basename "$0") (jobmanager|taskmanager|help), or any other command"
    exit 0
    ;;
  jobmanager)
    echo "Starting Job Manager"
    exec "$FLINK_HOME/bin/jobmanager.sh" start-foreground "${@:2}"
    ;;
  taskmanager)
    echo "Starting Task Manager"
    exec "$FLINK_HOME/bin/taskmanager.sh" start-foreground "${@:2}"
    ;;
  *)
    exec "$@"
    ;;
esac
