# Read by Flink's start scripts.

export FLINK_HOME=${FLINK_HOME:-/opt/flink}
export FLINK_CONF_DIR=${FLINK_CONF_DIR:-$FLINK_HOME/conf}
java_program=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Every jar below lib, in folders too, in the order of their paths.
class_path() {
  find "$FLINK_HOME/lib" ! -type d -name '*.jar' -print0 | sort -z | tr '\0' ':'
}

# Flink's own BashJavaUtils, the part of Flink that its start scripts ask for merged settings and for memory. Prints the
# lines of the answer; on failure everything it said, to standard error.
ask_flink() {
  local output
  if ! output=$("$java_program" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$FLINK_HOME/lib/*" \
    org.apache.flink.runtime.util.bash.BashJavaUtils "$1" --configDir "$FLINK_CONF_DIR" "${@:2}" 2>&1); then
    echo "$output" >&2
    return 1
  fi
  sed -n 's/^.*BASH_JAVA_UTILS_EXEC_RESULT://p' <<<"$output"
}

# $1: GET_JM_RESOURCE_PARAMS or GET_TM_RESOURCE_PARAMS. Sets jvm_options and dynamic_options.
resources() {
  local answer
  answer=$(ask_flink "$@") || {
    echo "[ERROR] Could not get JVM parameters and dynamic configurations properly."
    exit 1
  }
  read -ra jvm_options <<<"$(head -n 1 <<<"$answer")"
  read -ra dynamic_options <<<"$(tail -n 1 <<<"$answer")"
}

foreground_only() {
  if [ "$1" != start-foreground ]; then
    echo "The stand-in knows start-foreground only, not '$1'."
    exit 1
  fi
}

# $1: name of the service in its log file; $2: class path; $3: main class and what follows.
run_flink() {
  local java_options
  read -ra java_options <<<"$(sed -n 's/^ *all: *//p' "$FLINK_CONF_DIR/config.yaml")"
  # shellcheck disable=SC2086 # JVM_ARGS may hold several
  exec "$java_program" $JVM_ARGS "${jvm_options[@]}" "${java_options[@]}" \
    "-Dlog.file=$FLINK_HOME/log/flink-$1-0-$HOSTNAME.log" \
    "-Dlog4j2.configurationFile=file:$FLINK_CONF_DIR/log4j-console.properties" \
    -cp "$2" "${@:3}"
}
