#!/bin/bash
# Entry point of the ClickHouse stand-in, after docker/server/entrypoint.sh of ClickHouse/ClickHouse: the data folder is
# given to uid 101, users and database come from the environment. Scripts of /docker-entrypoint-initdb.d and
# configuration files are not reproduced.
set -eo pipefail

data=/var/lib/clickhouse
chown_data=1
if [ "${CLICKHOUSE_RUN_AS_ROOT:-0}" = 1 ] || [ "${CLICKHOUSE_DO_NOT_CHOWN:-0}" = 1 ]; then chown_data=0; fi
if [ "$(id -u)" = 0 ]; then
  user=${CLICKHOUSE_UID:-101}
  group=${CLICKHOUSE_GID:-101}
  if [ "${CLICKHOUSE_RUN_AS_ROOT:-0}" = 1 ]; then user=0 group=0; fi
else
  user=$(id -u)
  group=$(id -g)
  chown_data=0
fi

if [ -f "${CLICKHOUSE_PASSWORD_FILE:-}" ]; then
  CLICKHOUSE_PASSWORD=$(cat "$CLICKHOUSE_PASSWORD_FILE")
fi
CLICKHOUSE_USER=${CLICKHOUSE_USER:-default}
unset STREAMLAB_CH_PASSWORD_FILE

own_data() {
  if [ "$chown_data" = 1 ] && [ "$(stat -c %u:%g "$data")" != "$user:$group" ]; then
    chown -R "$user:$group" "$data"
  fi
}

# $@: settings of the server. The real one reads them from configuration files.
serve() {
  exec clickhouse su "$user:$group" env "STREAMLAB_CH_DATA=$data" STREAMLAB_CH_PORT=8123 \
    "STREAMLAB_CH_USER=$CLICKHOUSE_USER" "STREAMLAB_CH_PASSWORD=$CLICKHOUSE_PASSWORD" "$@" clickhouse-server
}

# Whoever sets up no user gets one that only the container itself can use.
doors() {
  if [ "${CLICKHOUSE_SKIP_USER_SETUP:-0}" = 1 ]; then
    echo "$0: leaving user 'default' as it is" >&2
    echo open
  elif [ "$CLICKHOUSE_USER" != default ] || [ -n "$CLICKHOUSE_PASSWORD" ] ||
    [ "${CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT:-0}" != 0 ]; then
    echo "$0: user '$CLICKHOUSE_USER'" >&2
    echo open
  else
    echo "$0: neither CLICKHOUSE_USER nor CLICKHOUSE_PASSWORD is set: no network access for user 'default'" >&2
    echo closed
  fi
}

# On a new data folder: start for the container alone, create the database, stop.
create_database() {
  [ -n "${CLICKHOUSE_DB:-}" ] || return 0
  (serve STREAMLAB_CH_HOST=127.0.0.1) &
  local server=$! tries=600
  until wget -q -O /dev/null http://127.0.0.1:8123/ping; do
    if ! kill -0 "$server" || [ $((tries -= 1)) -le 0 ]; then
      echo "ClickHouse init process failed." >&2
      exit 1
    fi
    sleep 0.1
  done
  wget -q -O - --header "X-ClickHouse-User: $CLICKHOUSE_USER" --header "X-ClickHouse-Key: $CLICKHOUSE_PASSWORD" \
    --post-data "CREATE DATABASE IF NOT EXISTS $CLICKHOUSE_DB" http://127.0.0.1:8123/
  kill -s TERM "$server"
  wait "$server"
}

if [ $# -ge 1 ] && [[ $1 != --* ]]; then
  exec "$@"
fi
mkdir -p "$data"
own_data
cd "$data"
access=$(doors)
if [ -d "$data/engine" ]; then
  echo "ClickHouse Database directory appears to contain a database; Skipping initialization"
else
  create_database
fi
case $access in
  open) serve STREAMLAB_CH_HOST=0.0.0.0 ;;
  closed) serve STREAMLAB_CH_HOST=127.0.0.1 STAND_IN_CLOSED=1 ;;
esac
